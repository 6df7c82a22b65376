import type * as pulumi from "@pulumi/pulumi";
import type { AnycastSite } from "./anycast-site.ts";
import type { SharedFirewall } from "./hosts/shared-firewall.ts";

/** A firewall that has closed, and the sites behind it. */
export interface ClosedFirewall {
  readonly closed: pulumi.Resource;
  readonly sites: readonly AnycastSite[];
}

/**
 * Has the firewalls in front of sites close what none of them needs any more, each when all its sites are as the plan wants them. Those that
 * were closed before are left out.
 *
 * @param sites all that are behind the firewalls
 */
export function closeFirewalls(sites: readonly AnycastSite[]): ClosedFirewall[] {
  const behind = new Map<SharedFirewall, AnycastSite[]>();
  for (const site of sites)
    if (site.firewall !== undefined) behind.set(site.firewall, [...(behind.get(site.firewall) ?? []), site]);
  return [...behind].flatMap(([firewall, members]) => {
    const closed = firewall.close(members.map(({ applied }) => applied));
    return closed === undefined ? [] : [{ closed, sites: members }];
  });
}
