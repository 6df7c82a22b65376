import * as fc from "fast-check";
import type { HostFacts } from "../model/host.ts";
import { PROFILES } from "../model/profiles.ts";
import { networkSchema, type NetworkConfig } from "../model/schema.ts";

/** For tests: the name of the one site of every generated network. */
export const SITE = "fra";

const octet = fc.integer({ min: 0, max: 255 });
const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const ipv4 = fc.tuple(fc.integer({ min: 1, max: 223 }), octet, octet).map((octets) => `${octets.join(".")}.0/24`);
const ipv6 = fc.tuple(group, group).map((groups) => `2001:${groups.join(":")}::/48`);
const prefixes = fc.uniqueArray(fc.oneof(ipv4, ipv6), { minLength: 1, maxLength: 40 });

/** For tests: valid networks with up to 40 prefixes and a DNS service in the first one. */
export const networks: fc.Arbitrary<NetworkConfig> = fc
  .tuple(
    prefixes,
    fc.constantFrom("active", "drained"),
    fc.integer({ min: 1, max: 65534 }).filter((asn) => asn !== 23456),
  )
  .map(([cidrs, state, asn]) =>
    networkSchema.parse({
      asn,
      prefixes: [...new Set(cidrs)],
      services: {
        dns: {
          kind: "dns",
          addresses: [
            (cidrs[0] ?? "").replace(/(\.0)?\/\d+$/, (_, dot?: string) => (dot === undefined ? "53" : ".53")),
          ],
          zones: { "example.net": "example.net.zone" },
        },
      },
      sites: { [SITE]: { host: { provider: "lab", region: SITE }, state } },
    }),
  );

/** For tests: a host at Vultr, with both families and passwords. */
export const HOST: HostFacts = {
  ipv4: "192.0.2.10",
  ipv6: "2001:db8:1::10",
  neighbors: PROFILES.vultr.neighbors.map((neighbor) => ({
    ...neighbor,
    source: neighbor.family === 4 ? "192.0.2.10" : "2001:db8:1::10",
    multihop: PROFILES.vultr.multihop,
    password: true,
  })),
  profile: PROFILES.vultr,
  managementFrom: [],
};
