import type { Problem } from "./config-error.ts";
import type { NetworkPlan } from "./plan.ts";
import { isInLab } from "./rules.ts";
import type { NetworkConfig } from "./schema.ts";

/** A rule of one's own: what in a plan is against it, with the path in `anycast:network`; nothing when it is kept. */
export type Policy = (plan: NetworkPlan) => readonly Problem[];

/** Hosts that we make are in these regions alone. Of a host that is there already, nobody says the region. */
export function allowedRegions(regions: readonly string[]): Policy {
  return ({ sites }) =>
    sites.flatMap(({ name, host }) =>
      "region" in host && !regions.includes(host.region)
        ? [
            {
              path: ["sites", name, "host", "region"],
              message: `'${host.region}' is against the policy: the regions are ${regions.join(", ")}`,
            },
          ]
        : [],
    );
}

/** Each prefix is announced in full by so many sites. */
export function minimumSites(least: number): Policy {
  return ({ announcements }) =>
    announcements
      .filter(({ active }) => active.length < least)
      .map(({ prefix, active }) => ({
        path: ["sites"],
        message: `${prefix.cidr} is announced in full by ${active.length}, against the policy of at least ${least}`,
      }));
}

/** Every site asks its provider for these, as in `20473:64609`. */
export function requiredCommunities(communities: readonly string[]): Policy {
  return ({ sites }) =>
    sites.flatMap((site) => {
      const missing = communities.filter((community) => !site.communities.includes(community));
      return missing.length === 0
        ? []
        : [
            {
              path: ["sites", site.name, "communities"],
              message: `lacks ${missing.join(", ")}, which the policy asks for at every site`,
            },
          ];
    });
}

/** SSH to hosts on the Internet comes from named networks alone. */
export function noPublicSsh(): Policy {
  return ({ config, sites }) => {
    const from = config.management.from ?? [];
    const isOpen = from.length === 0 || from.some(({ length }) => length === 0);
    if (!isOpen || sites.every(({ host }) => isInLab(host))) return [];
    return [
      {
        path: ["management", "from"],
        message: `${from.length === 0 ? "is missing" : "names everywhere"}, against the policy: name the networks that SSH comes from`,
      },
    ];
  };
}

/** The policies that the configuration itself names. */
export function configuredPolicies({ policy }: NetworkConfig): Policy[] {
  const { regions, minimumSites: least, communities, publicSsh } = policy;
  return [
    ...(regions === undefined ? [] : [allowedRegions(regions)]),
    ...(least === undefined ? [] : [minimumSites(least)]),
    ...(communities.length === 0 ? [] : [requiredCommunities(communities)]),
    ...(publicSsh ? [] : [noPublicSsh()]),
  ];
}
