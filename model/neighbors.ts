import { familyOf, type Family } from "./ip.ts";
import type { Neighbor } from "./host.ts";
import type { BgpProfile } from "./profiles.ts";

/** The sessions of a host with the neighbors of its provider's profile, in the families that are announced. */
export function profileNeighbors(
  profile: BgpProfile,
  sources: Readonly<Record<Family, string | undefined>>,
  families: ReadonlySet<Family>,
): Neighbor[] {
  return profile.neighbors.flatMap(({ family, address, asn }) => {
    const source = sources[family];
    if (source === undefined || !families.has(family)) return [];
    return [{ family, address, asn, source, multihop: profile.multihop, password: profile.authentication === "md5" }];
  });
}

/** The sessions of a host with neighbors that the site lists itself. */
export function listedNeighbors(
  neighbors: readonly {
    address: string;
    asn: number;
    multihop?: number | undefined;
    ttlSecurity?: boolean | undefined;
    password: boolean;
  }[],
  sources: Readonly<Record<Family, string | undefined>>,
  families: ReadonlySet<Family>,
): Neighbor[] {
  return neighbors.flatMap(({ address, asn, multihop, ttlSecurity, password }) => {
    const family = familyOf(address);
    const source = sources[family];
    if (source === undefined || !families.has(family)) return [];
    const gtsm = ttlSecurity === true ? { ttlSecurity } : {};
    return [{ family, address, asn, source, multihop, ...gtsm, password }];
  });
}
