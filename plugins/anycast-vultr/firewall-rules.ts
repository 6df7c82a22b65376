import { z } from "zod";
import type { VultrApi } from "../../clients/vultr/api.ts";
import { isGone, VultrError } from "../../clients/vultr/error.ts";
import {
  createFirewallRule,
  deleteFirewallRule,
  listFirewallRules,
  type VultrApiFirewallRule,
} from "../../clients/vultr/firewalls.ts";
import type { VultrFirewallRule, VultrFirewallRulesInputs } from "../../model/vultr/resources.ts";
import { isPerhapsDone, LIST_DELAY_MS } from "./create-once.ts";
import type { Context, ResourceType } from "./resource.ts";
import { apiRule, describeRule, normalNetwork, normalPort, normalRule, ruleKey, ruleOf } from "./rule.ts";
import { unlessGone } from "./ssh-key.ts";

/** How often the set is compared and changed when the API does not answer in the middle. */
const ROUNDS = 4;

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

/** All rules of one group. */
export const firewallRules: ResourceType<VultrFirewallRulesInputs> = {
  about: "All rules of one firewall group; a rule that was made by hand is drift.",
  subject: ({ groupId }) => `rules of firewall group ${groupId ?? ""}`,
  inputs: {
    groupId: { schema: z.string().min(1, "must not be empty"), change: "replace", about: "The group's id." },
    rules: {
      schema: z
        .array(ruleSchema)
        .transform((rules) => [...new Map(rules.map((rule) => [ruleKey(rule), rule])).values()]),
      change: "update",
      key: (value) => JSON.stringify((value as VultrFirewallRule[]).map(ruleKey).toSorted()),
      about: "Every opening of the group: `protocol`, `port`, `from` (a CIDR) and `notes`.",
    },
  },
  outputs: {},

  create: async ({ groupId, rules }, context) => {
    await setRules(groupId, rules, context);
    return { id: groupId, facts: {} };
  },

  read: async (id, known, _state, { api, signal, status }) => {
    try {
      const live = (await listFirewallRules(api, id, { signal, onWait: status })).map(ruleOf);
      return { inputs: { groupId: id, rules: inOrderOf(known.rules ?? [], live) }, facts: {} };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  },

  update: async (id, _state, { rules }, context) => {
    await setRules(id, rules, context);
    return {};
  },

  delete: async (id, _state, context) => {
    await setRules(id, [], context).catch(unlessGone);
  },
};

/** Live rules in the order of the known ones, so that a comparison shows only what differs. */
function inOrderOf(known: readonly VultrFirewallRule[], live: readonly VultrFirewallRule[]): VultrFirewallRule[] {
  const order = known.map(ruleKey);
  const place = (rule: VultrFirewallRule) => (order.indexOf(ruleKey(rule)) + order.length + 1) % (order.length + 1);
  return live.toSorted((a, b) => place(a) - place(b) || ruleKey(a).localeCompare(ruleKey(b)));
}

/** Makes the group's rules the wanted ones by difference, also when the API fails in the middle. */
async function setRules(groupId: string, wanted: readonly VultrFirewallRule[], context: Context): Promise<void> {
  for (let round = 1; ; round++) {
    try {
      await changeRules(groupId, wanted, context);
      return;
    } catch (error) {
      if (!isPerhapsDone(error) || round === ROUNDS) throw error;
      context.status("the API did not answer: comparing the rules again");
      await context.api.clock.sleep(LIST_DELAY_MS, context.signal);
    }
  }
}

async function changeRules(groupId: string, wanted: readonly VultrFirewallRule[], context: Context): Promise<void> {
  const { api, signal, status } = context;
  const options = { signal, onWait: status };
  const live = await listFirewallRules(api, groupId, options);
  const have = new Map<string, VultrApiFirewallRule>();
  const obsolete: VultrApiFirewallRule[] = [];
  const keys = new Set(wanted.map(ruleKey));
  for (const rule of live) {
    const key = ruleKey(ruleOf(rule));
    if (keys.has(key) && !have.has(key)) have.set(key, rule);
    else obsolete.push(rule);
  }
  const close = async (which: (rule: VultrApiFirewallRule) => boolean) => {
    for (const rule of obsolete.filter(which)) {
      await deleteFirewallRule(api, groupId, rule.id, options).catch(unlessGone);
      obsolete.splice(obsolete.indexOf(rule), 1);
    }
  };
  // Opens before it closes: what both sets let through never stops.
  for (const rule of wanted) {
    if (have.has(ruleKey(rule))) continue;
    try {
      await addRule(
        api,
        groupId,
        rule,
        obsolete.some((other) => isSameOpening(other, rule)),
        options,
      );
    } catch (error) {
      if (obsolete.length === 0 || !(error instanceof VultrError) || error.kind !== "refused") throw error;
      // It differs from one that goes in its notes alone, or there is no room beside those that go.
      if (isDefined(error)) await close((other) => isSameOpening(other, rule));
      else await close(() => true);
      await addRule(api, groupId, rule, false, options);
    }
  }
  await close(() => true);
}

async function addRule(
  api: VultrApi,
  groupId: string,
  rule: VultrFirewallRule,
  conflicts: boolean,
  options: { signal: AbortSignal; onWait: (message: string) => void },
): Promise<void> {
  try {
    await createFirewallRule(api, groupId, apiRule(rule), options);
  } catch (error) {
    if (!(error instanceof VultrError) || error.kind !== "refused") throw error;
    // A try that the API did not answer has made it, or somebody else.
    if (isDefined(error) && !conflicts) return;
    throw error.about(`the rule ${describeRule(rule)}`);
  }
}

/** Whether a rule at Vultr opens the same, whatever its notes say. */
function isSameOpening(live: VultrApiFirewallRule, rule: VultrFirewallRule): boolean {
  return ruleKey({ ...ruleOf(live), notes: "" }) === ruleKey({ ...rule, notes: "" });
}

function isDefined({ said }: VultrError): boolean {
  return /already (defined|exists)|duplicate/i.test(said);
}
