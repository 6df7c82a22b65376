import { z } from "zod";
import type { CallOptions, VultrApi } from "./api.ts";
import { parseAnswer } from "./parse.ts";

const group = z.object({
  id: z.string().min(1),
  description: z.string(),
  rule_count: z.int().default(0),
  max_rule_count: z.int().default(50),
  instance_count: z.int().default(0),
});

const rule = z.object({
  id: z.int(),
  ip_type: z.enum(["v4", "v6"]).optional(),
  protocol: z.string(),
  subnet: z.string(),
  subnet_size: z.int(),
  port: z.union([z.string(), z.int()]).nullish(),
  /** Where `subnet` says nothing: `cloudflare`, or a CIDR. */
  source: z.string().nullish(),
  notes: z.string().nullish(),
});

export type VultrFirewallGroup = z.output<typeof group>;
export type VultrApiFirewallRule = z.output<typeof rule>;

/** A rule as it is asked for. */
export interface NewVultrFirewallRule {
  readonly ip_type: "v4" | "v6";
  readonly protocol: string;
  readonly subnet: string;
  readonly subnet_size: number;
  readonly port?: string;
  readonly notes?: string;
}

const PATH = "/v2/firewalls";

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

function groupOf(answer: unknown, method: string, path: string): VultrFirewallGroup {
  return parseAnswer(z.object({ firewall_group: group }), answer, method, path).firewall_group;
}

export async function createFirewallGroup(
  api: VultrApi,
  body: { description: string },
  options: CallOptions = {},
): Promise<VultrFirewallGroup> {
  return groupOf(await api.request({ method: "POST", path: PATH, body }, options), "POST", PATH);
}

export async function readFirewallGroup(
  api: VultrApi,
  id: string,
  options: CallOptions = {},
): Promise<VultrFirewallGroup> {
  const path = pathOf(id);
  return groupOf(await api.request({ method: "GET", path }, options), "GET", path);
}

export async function changeFirewallGroup(
  api: VultrApi,
  id: string,
  body: { description: string },
  options: CallOptions = {},
): Promise<void> {
  await api.request({ method: "PUT", path: pathOf(id), body }, options);
}

export async function deleteFirewallGroup(api: VultrApi, id: string, options: CallOptions = {}): Promise<void> {
  await api.request({ method: "DELETE", path: pathOf(id) }, options);
}

export async function listFirewallGroups(api: VultrApi, options: CallOptions = {}): Promise<VultrFirewallGroup[]> {
  return parseAnswer(z.array(group), await api.list(PATH, "firewall_groups", options), "GET", PATH);
}

export async function listFirewallRules(
  api: VultrApi,
  groupId: string,
  options: CallOptions = {},
): Promise<VultrApiFirewallRule[]> {
  const path = `${pathOf(groupId)}/rules`;
  return parseAnswer(z.array(rule), await api.list(path, "firewall_rules", options), "GET", path);
}

export async function createFirewallRule(
  api: VultrApi,
  groupId: string,
  body: NewVultrFirewallRule,
  options: CallOptions = {},
): Promise<void> {
  await api.request({ method: "POST", path: `${pathOf(groupId)}/rules`, body }, options);
}

export async function deleteFirewallRule(
  api: VultrApi,
  groupId: string,
  ruleId: number,
  options: CallOptions = {},
): Promise<void> {
  await api.request({ method: "DELETE", path: `${pathOf(groupId)}/rules/${ruleId}` }, options);
}
