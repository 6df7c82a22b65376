import { expect } from "vitest";
import type { NetworkInput } from "../../model/schema.ts";
import type { QueryRow } from "../../lab/query.ts";

/** The zone file that the networks of these tests serve. */
export const ZONE = "stacks/zones/example.net.zone";

/** A network with a site in each region, named like it. */
export function network(regions: readonly string[], overrides: Partial<NetworkInput> = {}): NetworkInput {
  return {
    asn: 64500,
    prefixes: ["203.0.113.0/24", "2001:db8:53::/48"],
    services: { dns: { kind: "dns", addresses: ["203.0.113.53", "2001:db8:53::53"], zones: { "example.net": ZONE } } },
    // Only whether it is done is of interest here, not for how long.
    rollout: { soak: "100 ms" },
    sites: Object.fromEntries(regions.map((region) => [region, { host: { provider: "lab", region } } as const])),
    ...overrides,
  };
}

/** Every client is answered, over both transports and families, by the site that the routers' tables predict. */
export function expectPredicted(rows: readonly QueryRow[], clients: readonly string[]): void {
  expect(new Set(rows.map(({ client }) => client))).toEqual(new Set(clients));
  expect(rows).toHaveLength(clients.length * 4);
  const surprises = rows.filter(({ site, expected }) => site === null || site !== expected);
  expect(
    surprises.map(
      ({ client, family, transport, site, expected }) =>
        `${client} IPv${family} ${transport}: ${site} instead of ${expected}`,
    ),
  ).toEqual([]);
}

/** The sites that a client's queries were answered by. */
export function sitesOf(rows: readonly QueryRow[], client: string): Set<string | null> {
  return new Set(rows.filter((row) => row.client === client).map(({ site }) => site));
}
