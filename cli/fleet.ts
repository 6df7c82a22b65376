import type { Inventory, SiteInventory } from "../model/inventory.ts";
import { meantAndSo, siteStatusSchema, type SiteStatus } from "../model/site-status.ts";
import { askAgent } from "./answer.ts";
import { CliError } from "./cli-error.ts";

/** A site as it was found: its status, or why there is none. */
export type FoundSite = { readonly site: SiteInventory } & (
  { readonly status: SiteStatus } | { readonly problem: string }
);

/** Asks all sites at once. A site that cannot be asked is a finding, not an error. */
export async function askSites(inventory: Inventory, identity: string | undefined): Promise<FoundSite[]> {
  return Promise.all(Object.values(inventory.sites).map((site) => askSite(site, identity)));
}

async function askSite(site: SiteInventory, identity: string | undefined): Promise<FoundSite> {
  const answer = await askAgent(site, identity, "status --json", siteStatusSchema);
  return "value" in answer ? { site, status: answer.value } : { site, problem: answer.problem };
}

/** The sites that announce a prefix, as an established session exports it: in full or drained, or in one of these states alone. */
export function announcing(found: readonly FoundSite[], cidr: string, state?: "full" | "drained"): string[] {
  return found.flatMap((each) => {
    if (!("status" in each)) return [];
    const announced = each.status.prefixes
      .filter((prefix) => prefix.cidr === cidr)
      .map((prefix) => meantAndSo(each.status, prefix).announced);
    const isSo = announced.some((as) => (state === undefined ? as === "full" || as === "drained" : as === state));
    return isSo ? [each.site.name] : [];
  });
}

/**
 * A site of the inventory by its name.
 *
 * @throws CliError that names the sites there are
 */
export function siteNamed(inventory: Inventory, name: string): SiteInventory {
  const site = inventory.sites[name];
  if (site !== undefined) return site;
  throw new CliError(`there is no site '${name}': there are ${Object.keys(inventory.sites).join(", ")}`);
}
