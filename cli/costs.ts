import { VultrApi, vultrOptionsOf } from "../clients/vultr/api.ts";
import { VultrError } from "../clients/vultr/error.ts";
import { readVultrLists } from "../clients/vultr/lists.ts";
import type { NetworkSummary } from "../model/summary.ts";
import { costChanges, type CostChange } from "../model/vultr/costs.ts";

/** What servers cost before and after a change, by site; `not asked` where the price lists did not answer. */
export type Costs = readonly CostChange[] | "not asked";

/** How long the price lists may take, in ms: who compares two files does not wait for a network. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Asks Vultr's public lists what the servers of a network cost before and after a change; undefined where there are none. */
export async function askCosts(
  before: NetworkSummary | undefined,
  after: NetworkSummary | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<Costs | undefined> {
  const [then, now] = [before?.servers ?? [], after?.servers ?? []];
  if (then.length + now.length === 0) return undefined;
  try {
    const api = new VultrApi({ url: vultrOptionsOf(environment).url, retries: false });
    const lists = await readVultrLists(api, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    return costChanges(then, now, lists);
  } catch (error) {
    if (error instanceof VultrError) return "not asked";
    throw error;
  }
}
