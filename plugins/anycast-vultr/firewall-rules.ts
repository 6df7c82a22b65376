import { z } from "zod";
import { isGone } from "../../clients/vultr/error.ts";
import { listFirewallRules } from "../../clients/vultr/firewalls.ts";
import type {
  VultrFirewallOpeningsInputs,
  VultrFirewallRule,
  VultrFirewallRulesInputs,
} from "../../model/vultr/resources.ts";
import type { Context, Field, ResourceType } from "./resource.ts";
import { inOrderOf, openRules, setRules } from "./rule-set.ts";
import { normalNetwork, normalPort, normalRule, ruleKey, ruleOf } from "./rule.ts";
import { unlessGone } from "./ssh-key.ts";

const ruleSchema = z
  .strictObject({
    protocol: z.enum(["tcp", "udp", "icmp"], "must be tcp, udp or icmp"),
    port: z
      .string()
      .refine(
        (port) => port === "" || normalPort(port) !== undefined,
        "must be a port, as in 53, or a range, as in 8000:8010",
      )
      .optional(),
    from: z
      .string()
      .refine((from) => normalNetwork(from) !== undefined, "must be a network, as in 192.0.2.0/24 or 2001:db8::/32"),
    notes: z.string().optional(),
  })
  .refine(({ protocol, port }) => protocol === "icmp" || (port ?? "") !== "", "tcp and udp need a port")
  .refine(({ protocol, port }) => protocol !== "icmp" || (port ?? "") === "", "icmp has no port")
  .transform(normalRule);

const groupId: Field = {
  schema: z.string().min(1, "must not be empty"),
  change: "replace",
  about: "The group's id.",
};

const rules: Omit<Field, "about"> = {
  schema: z
    .array(ruleSchema)
    .transform((all) =>
      all.filter((rule, index) => all.findIndex((other) => ruleKey(other) === ruleKey(rule)) === index),
    ),
  change: "update",
  key: (value) => JSON.stringify((value as VultrFirewallRule[]).map(ruleKey).toSorted()),
};

const EACH = "`protocol`, `port`, `from` (a CIDR) and `notes`, of which a change alone is none";

/** All rules of one group. */
export const firewallRules: ResourceType<VultrFirewallRulesInputs> = {
  about: "All rules of one firewall group; a rule that was made by hand is drift.",
  subject: ({ groupId: id }) => `rules of firewall group ${id ?? ""}`,
  inputs: { groupId, rules: { ...rules, about: `Every opening of the group: ${EACH}.` } },
  outputs: {},

  create: async (inputs, context) => {
    await setRules(inputs.groupId, inputs.rules, context);
    return { id: inputs.groupId, facts: {} };
  },

  read: async (id, known, _state, context) => {
    const live = await liveRules(id, known.rules ?? [], context);
    return live === undefined ? undefined : { inputs: { groupId: id, rules: live }, facts: {} };
  },

  update: async (id, _state, inputs, context) => {
    await setRules(id, inputs.rules, context);
    return {};
  },

  delete: async (id, _state, context) => {
    await setRules(id, [], context).catch(unlessGone);
  },
};

/** What one group opens at least. */
export const firewallOpenings: ResourceType<VultrFirewallOpeningsInputs> = {
  about: "Rules that one firewall group has at least; others stay as they are, and none is ever closed by it.",
  subject: ({ groupId: id }) => `openings of firewall group ${id ?? ""}`,
  inputs: { groupId, rules: { ...rules, about: `What the group opens at least: ${EACH}.` } },
  outputs: {},

  create: async (inputs, context) => {
    await openRules(inputs.groupId, inputs.rules, context);
    return { id: inputs.groupId, facts: {} };
  },

  read: async (id, known, _state, context) => {
    const own = new Set(known.rules?.map(ruleKey));
    const live = await liveRules(id, known.rules ?? [], context);
    if (live === undefined) return undefined;
    return { inputs: { groupId: id, rules: live.filter((rule) => own.has(ruleKey(rule))) }, facts: {} };
  },

  update: async (id, _state, inputs, context) => {
    await openRules(id, inputs.rules, context);
    return {};
  },

  // What is open is closed by the group's rules, or goes with the group.
  delete: async () => {},
};

/** The rules of a group, the known ones first and in their order; `undefined` when the group is gone. */
async function liveRules(
  id: string,
  known: readonly VultrFirewallRule[],
  { api, signal, status }: Context,
): Promise<VultrFirewallRule[] | undefined> {
  try {
    return inOrderOf(known, (await listFirewallRules(api, id, { signal, onWait: status })).map(ruleOf));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
