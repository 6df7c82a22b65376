import type { HostFacts } from "./host.ts";
import type { HostVersions } from "./manifest.ts";
import { listedNeighbors, profileNeighbors } from "./neighbors.ts";
import type { SitePlan } from "./plan.ts";
import { LAB_MANAGEMENT, mainIpv4 } from "./rules.ts";
import type { HostConfig, NetworkConfig } from "./schema.ts";

/**
 * What stands for the addresses of a host that its provider has yet to give some: the same at every site and for ever, so that what
 * is rendered changes only with the configuration. Real addresses in form, so that the daemons' own checkers take it.
 */
export const PLACEHOLDERS = { 4: "192.0.2.1", 6: "2001:db8::1" } as const;

/** The versions of Debian 12 and 13, as far as they decide what is rendered. */
const DEBIAN: Readonly<Record<"12" | "13", HostVersions>> = {
  12: { debian: "12", bird: "2.0.12", knot: "3.2.6", node: "18.20.4" },
  13: { debian: "13", bird: "2.17.6", knot: "3.4.6", node: "20.19.2" },
};

/** A host as far as it is known before it is there. */
export interface PlannedHost {
  readonly facts: HostFacts;
  readonly versions: HostVersions;
}

/**
 * What the configuration alone tells of a site's host: all of a host that is there already but its versions. Of one that is yet to be made,
 * {@link PLACEHOLDERS} stand for the addresses; neighbors that only the provider's API can tell are left out.
 */
export function plannedHost(network: NetworkConfig, { host, profile }: SitePlan): PlannedHost {
  const families = new Set(network.prefixes.map(({ family }) => family));
  const own = host.provider === "existing" ? { 4: mainIpv4(host), 6: host.ipv6 } : PLACEHOLDERS;
  const listed = "neighbors" in host ? host.neighbors : [];
  return {
    facts: {
      ipv4: own[4],
      ipv6: own[6],
      neighbors: [...profileNeighbors(profile, own, families), ...listedNeighbors(listed, own, families)],
      profile,
      managementFrom:
        host.provider === "lab" ? [LAB_MANAGEMENT] : (network.management.from ?? []).map(({ cidr }) => cidr),
    },
    versions: DEBIAN[releaseOf(host)],
  };
}

/** As the operating system's name tells, as in `Debian 13 x64 (trixie)` or `debian_13`; else Debian 12. */
function releaseOf(host: HostConfig): keyof typeof DEBIAN {
  return "os" in host && /debian[ _]13\b/i.test(host.os) ? "13" : "12";
}
