import { z } from "zod";
import type { Inventory, SiteInventory } from "../model/inventory.ts";
import { meantAndSo, siteStatusSchema, type SiteStatus } from "../model/site-status.ts";
import { CliError } from "./cli-error.ts";
import { onHost } from "./ssh.ts";

/** A site as it was found: its status, or why there is none. */
export type FoundSite = { readonly site: SiteInventory } & (
  { readonly status: SiteStatus } | { readonly problem: string }
);

/** Asks all sites at once. A site that cannot be asked is a finding, not an error. */
export async function askSites(inventory: Inventory, identity: string | undefined): Promise<FoundSite[]> {
  return Promise.all(Object.values(inventory.sites).map((site) => askSite(site, identity)));
}

async function askSite(site: SiteInventory, identity: string | undefined): Promise<FoundSite> {
  const { unreachable, status, stdout, stderr } = await onHost(site, identity, "anycast-agent status --json");
  if (unreachable) return { site, problem: `SSH to ${site.management.address}: ${stderr}` };
  if (status !== 0) return { site, problem: stderr };
  const parsed = siteStatusSchema.safeParse(JSON.parse(stdout));
  return parsed.success
    ? { site, status: parsed.data }
    : { site, problem: `its agent answers as another version: ${z.prettifyError(parsed.error)}` };
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
