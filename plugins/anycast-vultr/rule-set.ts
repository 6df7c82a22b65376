import type { VultrApi } from "../../clients/vultr/api.ts";
import { VultrError } from "../../clients/vultr/error.ts";
import {
  createFirewallRule,
  deleteFirewallRule,
  listFirewallRules,
  type VultrApiFirewallRule,
} from "../../clients/vultr/firewalls.ts";
import type { VultrFirewallRule } from "../../model/vultr/resources.ts";
import { isPerhapsDone, LIST_DELAY_MS } from "./create-once.ts";
import type { Context } from "./resource.ts";
import { apiRule, describeRule, ruleKey, ruleOf } from "./rule.ts";
import { unlessGone } from "./ssh-key.ts";

/** How often the set is compared and changed when the API does not answer in the middle. */
const ROUNDS = 4;

interface Options {
  readonly signal: AbortSignal;
  readonly onWait: (message: string) => void;
}

/** Adds the rules that a group does not have, and closes nothing. */
export async function openRules(
  groupId: string,
  wanted: readonly VultrFirewallRule[],
  context: Context,
): Promise<void> {
  await inRounds(context, async (options) => {
    const { missing } = await compare(groupId, wanted, context.api, options);
    for (const rule of missing) await addRule(context.api, groupId, rule, options);
  });
}

/**
 * Makes the rules of a group the wanted ones, by difference. Opens before it closes: what both sets let through never stops. Only where there is no
 * room for what is new beside what goes, it closes first.
 */
export async function setRules(groupId: string, wanted: readonly VultrFirewallRule[], context: Context): Promise<void> {
  const { api } = context;
  await inRounds(context, async (options) => {
    const { missing, obsolete } = await compare(groupId, wanted, api, options);
    const close = async (): Promise<void> => {
      for (const rule of obsolete.splice(0)) await deleteFirewallRule(api, groupId, rule.id, options).catch(unlessGone);
    };
    for (const rule of missing)
      try {
        await addRule(api, groupId, rule, options);
      } catch (error) {
        if (obsolete.length === 0 || !(error instanceof VultrError) || error.kind !== "refused") throw error;
        await close();
        await addRule(api, groupId, rule, options);
      }
    await close();
  });
}

/** Live rules in the order of the known ones, so that a comparison shows only what differs. */
export function inOrderOf(
  known: readonly VultrFirewallRule[],
  live: readonly VultrFirewallRule[],
): VultrFirewallRule[] {
  const order = known.map(ruleKey);
  const place = (rule: VultrFirewallRule) => (order.indexOf(ruleKey(rule)) + order.length + 1) % (order.length + 1);
  return live.toSorted((a, b) => place(a) - place(b) || ruleKey(a).localeCompare(ruleKey(b)));
}

async function compare(
  groupId: string,
  wanted: readonly VultrFirewallRule[],
  api: VultrApi,
  options: Options,
): Promise<{ missing: VultrFirewallRule[]; obsolete: VultrApiFirewallRule[] }> {
  const keys = new Set(wanted.map(ruleKey));
  const have = new Set<string>();
  const obsolete: VultrApiFirewallRule[] = [];
  for (const rule of await listFirewallRules(api, groupId, options)) {
    const key = ruleKey(ruleOf(rule));
    if (keys.has(key) && !have.has(key)) have.add(key);
    else obsolete.push(rule);
  }
  return { missing: wanted.filter((rule) => !have.has(ruleKey(rule))), obsolete };
}

/** Goes through a change again when the API does not answer in the middle. */
async function inRounds(context: Context, change: (options: Options) => Promise<void>): Promise<void> {
  for (let round = 1; ; round++) {
    try {
      await change({ signal: context.signal, onWait: context.status });
      return;
    } catch (error) {
      if (!isPerhapsDone(error) || round === ROUNDS) throw error;
      context.status("the API did not answer: comparing the rules again");
      await context.api.clock.sleep(LIST_DELAY_MS, context.signal);
    }
  }
}

async function addRule(api: VultrApi, groupId: string, rule: VultrFirewallRule, options: Options): Promise<void> {
  try {
    await createFirewallRule(api, groupId, apiRule(rule), options);
  } catch (error) {
    if (!(error instanceof VultrError) || error.kind !== "refused") throw error;
    // A try that the API did not answer has made it, or somebody else.
    if (/already (defined|exists)|duplicate/i.test(error.said)) return;
    throw error.about(`the rule ${describeRule(rule)}`);
  }
}
