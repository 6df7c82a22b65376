import { ConfigError, parseConfig, type Problem } from "./config-error.ts";
import { METROS, type Location } from "./metros.ts";
import { floorOf, type NetworkPlan, type SitePlan } from "./plan.ts";
import { configuredPolicies, type Policy } from "./policy.ts";
import { REGIONS } from "./regions.ts";
import { networkProblems, profileOf, siteProblems, warnings, type Circumstances } from "./rules.ts";
import { networkSchema, type HostConfig, type SiteConfig } from "./schema.ts";
import { resolveWaves } from "./waves.ts";

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
