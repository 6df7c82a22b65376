import { inventorySchema, type Inventory, type SiteInventory } from "../../model/inventory.ts";

function site(name: string, number: number, more: Partial<SiteInventory>): SiteInventory {
  return {
    name,
    state: "active",
    provider: "vultr",
    region: name,
    profile: "vultr",
    location: { latitude: 50.11, longitude: 8.68 },
    management: { address: `192.0.2.${number}`, port: 22, user: "root", hostKey: "ssh-ed25519 AAAA" },
    addresses: { ipv4: `192.0.2.${number}`, ipv6: `2001:db8:1::${number}` },
    neighbors: [
      { family: 4, address: "169.254.169.254", asn: 64515, source: `192.0.2.${number}`, multihop: 2, password: true },
      {
        family: 6,
        address: "2001:19f0:ffff::1",
        asn: 64515,
        source: `2001:db8:1::${number}`,
        multihop: 2,
        password: true,
      },
    ],
    announces: { "203.0.113.0/24": "full", "2001:db8:53::/48": "full" },
    versions: { debian: "12.5", bird: "2.0.12", knot: "3.2.6", node: "18.20.4", agent: "0123456789ab" },
    manifestDigest: "0".repeat(64),
    warnings: [],
    ...more,
  };
}

/** A network with all that an inventory can say: both hemispheres, a drained site, a host without IPv6 and without a region. */
export const INVENTORY: Inventory = inventorySchema.parse({
  asn: 64500,
  prefixes: ["203.0.113.0/24", "2001:db8:53::/48"],
  services: { dns: { kind: "dns", addresses: ["203.0.113.53", "2001:db8:53::53"] } },
  floor: 2,
  waves: [["fra"], ["nyc", "syd-2"]],
  sites: {
    fra: site("fra", 1, {}),
    nyc: site("nyc", 2, {
      state: "drained",
      location: { latitude: 40.713, longitude: -74.006 },
      announces: { "203.0.113.0/24": "drained", "2001:db8:53::/48": "withdrawn" },
    }),
    "syd-2": site("syd-2", 3, {
      provider: "existing",
      region: null,
      location: { latitude: -33.868, longitude: 151.209 },
      addresses: { ipv4: "192.0.2.3", ipv6: null },
    }),
  },
});
