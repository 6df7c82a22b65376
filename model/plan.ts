import { contains, type Prefix } from "./ip.ts";
import type { Location } from "./metros.ts";
import type { BgpProfile } from "./profiles.ts";
import type { NetworkConfig, SiteConfig } from "./schema.ts";

/** A site, ready to be provisioned. */
export interface SitePlan extends SiteConfig {
  readonly name: string;
  readonly profile: BgpProfile;
  readonly location: Location;
}

/** Who announces a prefix when all is well. */
export interface Announcement {
  readonly prefix: Prefix;
  /** Sites that announce it in full. */
  readonly active: readonly string[];
  /** Sites that announce it as the last choice. */
  readonly drained: readonly string[];
}

/** All that follows from the configuration without asking any network. */
export interface NetworkPlan {
  readonly config: NetworkConfig;
  /** In the order of their names. */
  readonly sites: readonly SitePlan[];
  /** Names of sites; each wave is changed after the one before it. */
  readonly waves: readonly (readonly string[])[];
  /** The least number of sites that announce each prefix (safety 1). */
  readonly floor: number;
  readonly announcements: readonly Announcement[];
  /** What an operator should know although it is no error. */
  readonly warnings: readonly string[];
}

/** The least number of sites that announce each prefix (safety 1): as configured, or else 2, or 1 with fewer than three sites. */
export function floorOf({ floor, sites }: NetworkConfig): number {
  return floor ?? (Object.keys(sites).length >= 3 ? 2 : 1);
}

/** The services with an address in a prefix, by name. */
export function servicesIn(config: NetworkConfig, prefix: Prefix): string[] {
  return Object.entries(config.services)
    .filter(([, service]) => service.addresses.some((address) => contains(prefix.cidr, address)))
    .map(([name]) => name)
    .toSorted();
}

/** Whether a site has BGP sessions with a password. */
export function needsPassword({ host, profile }: SitePlan): boolean {
  if ((host.provider === "existing" || host.provider === "custom") && host.neighbors.some(({ password }) => password))
    return true;
  return profile.authentication === "md5";
}
