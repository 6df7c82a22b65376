import type { NetworkPlan } from "../plan.ts";

/** The names of the resources that one firewall group is made of. */
export interface FirewallNames {
  readonly group: string;
  /** What it opens, before any site is changed. */
  readonly openings: string;
  /** All that it opens, when all its sites have been changed. */
  readonly rules: string;
  /** What tells it from the network's other group, in its description; empty for the one that most sites are behind. */
  readonly mark: string;
}

/** Whether the virtual machine of a site is behind the canary's group: the first wave has one of its own, where there are several. */
export function isBehindCanary({ waves }: Pick<NetworkPlan, "waves">, site: string): boolean {
  return waves.length > 1 && waves[0]?.includes(site) === true;
}

/**
 * Names a firewall group and its rules.
 *
 * @param network the name of its resource
 */
export function firewallNames(network: string, isCanary: boolean): FirewallNames {
  const mark = isCanary ? "canary" : "";
  const group = `${network}-vultr${isCanary ? "-canary" : ""}`;
  return { group, openings: `${group}-openings`, rules: `${group}-rules`, mark };
}
