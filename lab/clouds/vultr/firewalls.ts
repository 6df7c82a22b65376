import { randomUUID } from "node:crypto";
import ipaddr from "ipaddr.js";
import { DONE, Refusal, page } from "./answers.ts";
import type { VultrCloud } from "./cloud.ts";
import type { Body, Call, Route } from "./request.ts";
import { isThere } from "./server-status.ts";
import type { StoredGroup, StoredRule, VultrState } from "./state.ts";

function shownGroup(state: VultrState, cloud: VultrCloud, group: StoredGroup): object {
  const { id, description, dateCreated, dateModified } = group;
  return {
    id,
    description,
    date_created: dateCreated,
    date_modified: dateModified,
    instance_count: state.servers.filter((each) => each.groupId === id && isThere(cloud, each)).length,
    rule_count: rulesIn(state, id).length,
    max_rule_count: cloud.maxRuleCount,
  };
}

/** As the API answers: `source` as a CIDR, and IPv6 in two long forms. */
function shownRule({ number, ipType, protocol, port, subnet, subnetSize, notes }: StoredRule): object {
  const address = ipType === "v6" ? ipaddr.IPv6.parse(subnet) : undefined;
  return {
    id: number,
    type: ipType,
    ip_type: ipType,
    action: "accept",
    protocol,
    port,
    subnet: address?.parts.map((part) => part.toString(16).padStart(4, "0")).join(":") ?? subnet,
    subnet_size: subnetSize,
    source: `${address?.toNormalizedString() ?? subnet}/${subnetSize}`,
    notes,
  };
}

/** The rules of a group. */
export function rulesIn({ rules }: VultrState, group: string): StoredRule[] {
  return rules.filter(({ groupId }) => groupId === group);
}

function groupOf({ groups }: VultrState, id: string | undefined): StoredGroup {
  const group = groups.find((each) => each.id === id);
  if (group === undefined) throw new Refusal(404, "Invalid firewall group ID.");
  return group;
}

function ruleOf(state: VultrState, group: string | undefined, number: string | undefined): StoredRule {
  const rule = rulesIn(state, groupOf(state, group).id).find((each) => String(each.number) === number);
  if (rule === undefined) throw new Refusal(404, "Firewall rule ID not found.");
  return rule;
}

const PROTOCOLS = new Set(["icmp", "tcp", "udp", "gre", "esp", "ah"]);

function askedRule(body: Body): Omit<StoredRule, "number" | "groupId"> {
  const [ipType, protocol] = [body.text("ip_type"), (body.text("protocol") ?? "").toLowerCase()];
  if (ipType !== "v4" && ipType !== "v6") throw new Refusal(400, "Invalid IP type.");
  if (!PROTOCOLS.has(protocol)) throw new Refusal(400, "Invalid protocol.");
  const given = body.text("subnet") ?? "";
  if (!ipaddr.isValid(given) || ipaddr.parse(given).kind() !== (ipType === "v4" ? "ipv4" : "ipv6"))
    throw new Refusal(400, "Invalid subnet.");
  const subnet = ipaddr.parse(given).toString();
  const subnetSize = body.number("subnet_size");
  if (subnetSize === undefined || subnetSize < 0 || subnetSize > (ipType === "v4" ? 32 : 128))
    throw new Refusal(400, "Invalid subnet size.");
  const port = body.text("port") ?? "";
  const hasPorts = protocol === "tcp" || protocol === "udp";
  if (hasPorts ? !/^\d{1,5}(:\d{1,5})?$/.test(port) : port !== "") throw new Refusal(400, "Invalid port.");
  return { ipType, protocol, port, subnet, subnetSize, notes: body.text("notes") ?? "" };
}

/** Puts the rules of a group in front of the servers that are in it. */
async function enforce(cloud: VultrCloud, group: string): Promise<void> {
  const state = await cloud.store.read();
  const inside = state.servers.filter((each) => each.groupId === group && each.deletedAt === undefined);
  for (const server of inside) await cloud.machines.protect(server, rulesIn(state, group));
}

async function createRule({ cloud, body, ids: [groupId = ""] }: Call): Promise<StoredRule> {
  const asked = askedRule(body);
  let made: StoredRule | undefined;
  await cloud.store.change((state) => {
    const { id } = groupOf(state, groupId);
    const own = rulesIn(state, id);
    const isSame = (each: StoredRule): boolean =>
      each.protocol === asked.protocol &&
      each.port === asked.port &&
      each.subnet === asked.subnet &&
      each.subnetSize === asked.subnetSize;
    if (own.some(isSame)) throw new Refusal(400, "This rule is already defined");
    if (own.length >= cloud.maxRuleCount)
      throw new Refusal(400, "The maximum number of rules for this firewall group has been reached.");
    made = { ...asked, groupId: id, number: Math.max(0, ...own.map(({ number }) => number)) + 1 };
    return { ...state, rules: [...state.rules, made] };
  });
  if (made === undefined) throw new Refusal(500, "Internal server error.");
  await enforce(cloud, groupId);
  return made;
}

/** `/v2/firewalls`, groups and their rules. */
export const firewallRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v2/firewalls",
    answer: async ({ cloud, body }) => {
      const [id, now] = [randomUUID(), new Date(cloud.now()).toISOString()];
      const description = body.text("description") ?? "";
      const state = await cloud.store.change((old) => ({
        ...old,
        next: old.next + 1,
        groups: [...old.groups, { id, number: old.next, description, dateCreated: now, dateModified: now }],
      }));
      return { status: 201, body: { firewall_group: shownGroup(state, cloud, groupOf(state, id)) } };
    },
  },
  {
    method: "GET",
    path: "/v2/firewalls",
    answer: async ({ cloud, query }) => {
      const state = await cloud.store.read();
      const show = (group: StoredGroup): object => shownGroup(state, cloud, group);
      return page("firewall_groups", state.groups, ({ number }) => number, show, { query, pageSize: cloud.pageSize });
    },
  },
  {
    method: "GET",
    path: "/v2/firewalls/*",
    answer: async ({ cloud, ids: [id] }) => {
      const state = await cloud.store.read();
      return { status: 200, body: { firewall_group: shownGroup(state, cloud, groupOf(state, id)) } };
    },
  },
  {
    method: "PUT",
    path: "/v2/firewalls/*",
    answer: async ({ cloud, body, ids: [id] }) => {
      const description = body.text("description") ?? "";
      await cloud.store.change((state) => {
        const old = groupOf(state, id);
        const changed = { ...old, description, dateModified: new Date(cloud.now()).toISOString() };
        return { ...state, groups: state.groups.map((each) => (each === old ? changed : each)) };
      });
      return DONE;
    },
  },
  {
    method: "DELETE",
    path: "/v2/firewalls/*",
    answer: async ({ cloud, ids: [id = ""] }) => {
      const { servers } = await cloud.store.read();
      await cloud.store.change((state) => {
        const old = groupOf(state, id);
        return {
          ...state,
          groups: state.groups.filter((each) => each !== old),
          rules: state.rules.filter(({ groupId }) => groupId !== id),
          servers: state.servers.map((each) => (each.groupId === id ? { ...each, groupId: "" } : each)),
        };
      });
      const inside = servers.filter(({ groupId, deletedAt }) => groupId === id && deletedAt === undefined);
      for (const server of inside) await cloud.machines.protect(server, undefined);
      return DONE;
    },
  },
  {
    method: "POST",
    path: "/v2/firewalls/*/rules",
    answer: async (call) => ({ status: 201, body: { firewall_rule: shownRule(await createRule(call)) } }),
  },
  {
    method: "GET",
    path: "/v2/firewalls/*/rules",
    answer: async ({ cloud, query, ids: [group] }) => {
      const state = await cloud.store.read();
      const rules = rulesIn(state, groupOf(state, group).id);
      return page("firewall_rules", rules, ({ number }) => number, shownRule, { query, pageSize: cloud.pageSize });
    },
  },
  {
    method: "GET",
    path: "/v2/firewalls/*/rules/*",
    answer: async ({ cloud, ids: [group, number] }) => ({
      status: 200,
      body: { firewall_rule: shownRule(ruleOf(await cloud.store.read(), group, number)) },
    }),
  },
  {
    method: "DELETE",
    path: "/v2/firewalls/*/rules/*",
    answer: async ({ cloud, ids: [group = "", number] }) => {
      await cloud.store.change((state) => {
        const old = ruleOf(state, group, number);
        return { ...state, rules: state.rules.filter((each) => each !== old) };
      });
      await enforce(cloud, group);
      return DONE;
    },
  },
];
