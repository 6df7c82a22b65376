import { ConfigError, parseConfig, type Problem } from "./config-error.ts";
import { contains, type Prefix } from "./ip.ts";
import { METROS, type Location } from "./metros.ts";
import { configuredPolicies, type Policy } from "./policy.ts";
import type { BgpProfile } from "./profiles.ts";
import { REGIONS } from "./regions.ts";
import { networkSchema, type HostConfig, type NetworkConfig, type SiteConfig } from "./schema.ts";
import { networkProblems, profileOf, siteProblems, warnings, type Circumstances } from "./rules.ts";
import { resolveWaves } from "./waves.ts";

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

/**
 * Makes the plan of a network from the configuration as it stands in the stack file.
 *
 * @param policies rules beside those that the configuration names
 * @throws ConfigError with every problem and its path.
 */
export function planNetwork(
  input: unknown,
  circumstances: Circumstances = { rehearsal: false },
  policies: readonly Policy[] = [],
): NetworkPlan {
  const config = parseConfig(networkSchema, input);
  const names = Object.keys(config.sites).toSorted();
  const floor = floorOf(config);
  const { waves, problems: waveProblems } = resolveWaves(config.rollout.waves, names);
  const problems: Problem[] = [
    ...networkProblems(config, floor, circumstances),
    ...names.flatMap((name) => siteProblems(config, name)),
    ...waveProblems,
  ];
  if (problems.length > 0) throw new ConfigError(problems);

  const sites = names.map((name) => planSite(name, config.sites[name]!));
  const inState = (state: SiteConfig["state"]): string[] =>
    sites.filter((site) => site.state === state).map((site) => site.name);
  const plan: NetworkPlan = {
    config,
    sites,
    waves,
    floor,
    announcements: config.prefixes.map((prefix) => ({
      prefix,
      active: inState("active"),
      drained: inState("drained"),
    })),
    warnings: warnings(config, sites),
  };
  const violations = [...configuredPolicies(config), ...policies].flatMap((policy) => policy(plan));
  if (violations.length > 0) throw new ConfigError(violations);
  return plan;
}

/** The least number of sites that announce each prefix (safety 1): as configured, or else 2, or 1 with fewer than three sites. */
export function floorOf({ floor, sites }: NetworkConfig): number {
  return floor ?? (Object.keys(sites).length >= 3 ? 2 : 1);
}

function planSite(name: string, site: SiteConfig): SitePlan {
  const { latitude, longitude } = locationOf(site.host);
  return { ...site, name, profile: profileOf(site.host), location: { latitude, longitude } };
}

function locationOf(host: HostConfig): Location {
  switch (host.provider) {
    case "lab":
      return METROS.get(host.region)!;
    case "existing":
    case "custom":
      return host.location;
    case "vultr":
    case "vultrBareMetal":
    case "equinixMetal":
      return REGIONS[host.provider].get(host.region)!;
  }
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
