import type { NetworkInput } from "pulumi-anycast/model";

/** What differs between the environments; it stands in their stack files. */
export interface Environment {
  prefixes: string[];
  addresses: string[];
  /** Vultr's regions. */
  regions: string[];
  /** Of Vultr's plans. */
  plan: string;
  floor: number;
  waves: NonNullable<NonNullable<NetworkInput["rollout"]>["waves"]>;
}

/** The one description of the network: staging proves what production gets. */
export function network({ prefixes, addresses, regions, plan, floor, waves }: Environment): NetworkInput {
  return {
    asn: 64500, // your own
    prefixes,
    services: { dns: { kind: "dns", addresses, zones: { "example.net": "example.net.zone" } } },
    sites: Object.fromEntries(
      regions.map((region) => [region, { host: { provider: "vultr", region, plan } } as const]),
    ),
    floor,
    rollout: { waves },
  };
}
