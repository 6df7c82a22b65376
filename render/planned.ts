import type { Manifest } from "../model/manifest.ts";
import { plannedHost } from "../model/planned-host.ts";
import type { NetworkPlan, SitePlan } from "../model/plan.ts";
import { renderManifest } from "./manifest.ts";

/**
 * What a host is to be as the configuration alone tells it, before there is a host; see `plannedHost` for what stands in the place of what
 * only a host can tell. Passwords are in none of them.
 *
 * @param zones zone name → content of the zone file
 */
export function plannedManifest(
  { config }: Pick<NetworkPlan, "config">,
  site: SitePlan,
  zones: Readonly<Record<string, string>>,
): Manifest {
  const { facts, versions } = plannedHost(config, site);
  return renderManifest({ network: config, site: site.name, host: facts, versions, zones, secretsVersion: null });
}
