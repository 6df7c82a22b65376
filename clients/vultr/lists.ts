import type { VultrLists } from "../../model/vultr/lists.ts";
import type { CallOptions, VultrApi } from "./api.ts";
import { listMetalPlans, listOperatingSystems, listPlans, listRegions } from "./catalog.ts";

/**
 * Reads what Vultr sells, and where. Needs no key.
 *
 * @throws VultrError
 */
export async function readVultrLists(api: VultrApi, options: CallOptions = {}): Promise<VultrLists> {
  const [regions, plans, metalPlans, systems] = await Promise.all([
    listRegions(api, options),
    listPlans(api, options),
    listMetalPlans(api, options),
    listOperatingSystems(api, options),
  ]);
  return { regions, plans, metalPlans, systems };
}
