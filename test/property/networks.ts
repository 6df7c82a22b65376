import * as fc from "fast-check";
import { METROS } from "../../model/metros.ts";
import { PROFILES } from "../../model/profiles.ts";
import { REGIONS } from "../../model/regions.ts";

/** `usual` nineteen times out of twenty, so that enough networks are right in most things, and something else now and then. */
function mostly<T>(usual: fc.Arbitrary<T>, ...other: fc.Arbitrary<unknown>[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 19 * other.length, arbitrary: usual },
    ...other.map((arbitrary) => ({ weight: 1, arbitrary })),
  );
}

const octet = fc.integer({ min: 0, max: 255 });
const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const asn = fc.integer({ min: 1, max: 4294967294 });
const publicIpv4 = fc
  .tuple(fc.constantFrom(23, 45, 64, 95, 104, 185), octet, octet)
  .map(([a, b, c]) => ({ cidr: `${a}.${b}.${c}.0/24`, address: `${a}.${b}.${c}.53` }));
const publicIpv6 = fc
  .tuple(fc.constantFrom("2001:500", "2620:0", "2a05:d00"), group)
  .map(([a, b]) => ({ cidr: `${a}:${b}::/48`, address: `${a}:${b}::53` }));

const oddPrefix = fc.oneof(
  fc.constantFrom(
    "203.0.113.0/24",
    "10.0.0.0/8",
    "192.5.5.0/25",
    "192.5.5.1/24",
    "2001:db8::/32",
    "nonsense",
    "::/0",
    "fe80::/64",
  ),
  fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 40 })).map(([address, length]) => `${address}/${length}`),
);

const check = fc.record(
  {
    kind: fc.constant("tcp"),
    port: mostly(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: -5, max: 70000 })),
    every: mostly(fc.constantFrom("1 s", "200 ms", "2 min"), fc.constantFrom("5", "1 year", "0 s")),
    timeout: fc.constantFrom("100 ms", "150 ms"),
  },
  { requiredKeys: ["kind", "port", "timeout"] },
);

const communities = fc.array(
  mostly(
    fc.tuple(fc.integer({ min: 0, max: 65535 }), fc.integer({ min: 0, max: 65535 })).map((parts) => parts.join(":")),
    fc.tuple(asn, asn, asn).map((parts) => parts.join(":")),
    fc.constantFrom("20473:6000", "20473:666", "65535:666", "70000:1", "1:2:3:4", "x"),
  ),
  { maxLength: 4 },
);

const neighbor = fc.record(
  {
    address: mostly(fc.constantFrom("192.0.2.65", "2001:db8:1::65"), fc.ipV6(), fc.string()),
    asn,
    multihop: mostly(fc.integer({ min: 2, max: 255 }), fc.integer()),
    password: fc.boolean(),
  },
  { requiredKeys: ["address", "asn"] },
);
const both = fc.tuple(neighbor, neighbor).map(([one, other]) => [
  { ...one, address: "192.0.2.65" },
  { ...other, address: "2001:db8:1::65" },
]);

/** The BGP of an existing host: what goes together, and now and then what does not. */
const bgp = mostly(
  fc.oneof(
    fc.record({ profile: fc.constantFrom("vultr", "vultrBareMetal") }),
    fc.record({ profile: fc.constantFrom("custom", "netactuate", "cherryServers"), neighbors: both }),
    both.map(([, ipv6]) => ({ profile: "phoenixnap", neighbors: [ipv6] })),
  ),
  fc.record({
    profile: fc.constantFrom(...Object.keys(PROFILES), "other"),
    neighbors: fc.array(neighbor, { maxLength: 3 }),
  }),
);

const host = fc.oneof(
  fc.record({ provider: fc.constant("lab"), region: mostly(fc.constantFrom(...METROS.keys()), fc.constant("xyz")) }),
  ...(["vultr", "vultrBareMetal", "equinixMetal"] as const).map((provider) =>
    fc.record({
      provider: fc.constant(provider),
      region: mostly(fc.constantFrom(...REGIONS[provider].keys()), fc.string()),
    }),
  ),
  fc
    .record(
      {
        provider: fc.constant("existing"),
        address: mostly(fc.constant("192.0.2.66"), fc.constant("host.example.net"), fc.string()),
        port: fc.integer({ min: 1, max: 65535 }),
        hostKey: mostly(fc.constant("ssh-ed25519 AAAA"), fc.string()),
        ipv4: fc.constant("192.0.2.66"),
        ipv6: fc.constant("2001:db8:1::66"),
        location: fc.constant({ latitude: 52, longitude: 13 }),
      },
      { requiredKeys: ["provider", "address", "hostKey", "ipv4", "ipv6", "location"] },
    )
    .chain((rest) => bgp.map((own) => ({ ...rest, ...(own as object) }))),
);

const site = fc.record(
  {
    host,
    state: fc.constantFrom("active", "active", "active", "drained"),
    prepend: mostly(fc.integer({ min: 0, max: 3 }), fc.integer({ min: -1, max: 9 })),
    noExportTo: fc.array(asn, { maxLength: 3 }),
    communities,
  },
  { requiredKeys: ["host"] },
);

/** Networks as somebody might write them into a stack file: most of each is right, anything may be wrong. */
export const writtenNetworks: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(
    fc.array(fc.oneof(publicIpv4, publicIpv6), { minLength: 1, maxLength: 4 }),
    fc.record({
      asn: mostly(fc.constant(396982), asn, fc.constantFrom(0, 23456, 65535, -1, "AS1")),
      sites: fc.dictionary(
        mostly(fc.stringMatching(/^[a-z]{3}$/), fc.string({ maxLength: 5 })) as fc.Arbitrary<string>,
        site,
        { minKeys: 1, maxKeys: 8 },
      ),
      odd: mostly(fc.constant([]), fc.array(oddPrefix, { minLength: 1, maxLength: 1 })),
      external: fc.boolean(),
      check,
      floor: mostly(fc.constant(undefined), fc.integer({ min: 0, max: 9 })),
      from: mostly(fc.constant(undefined), fc.constant(["198.51.100.0/24", "2001:db8:2::/48"]), fc.array(oddPrefix)),
      announceWhen: fc.constantFrom("all", "any"),
      more: mostly(fc.constant({}), fc.dictionary(fc.string({ maxLength: 6 }), fc.jsonValue(), { maxKeys: 1 })),
    }),
  )
  .map(([spaces, rest]) => {
    const addresses = spaces.map(({ address }) => address);
    return {
      ...(rest.more as object),
      asn: rest.asn,
      prefixes: [...spaces.map(({ cidr }) => cidr), ...(rest.odd as string[])],
      announceWhen: rest.announceWhen,
      services: rest.external
        ? { web: { kind: "external", addresses, ports: ["tcp/443", "udp/443"], checks: [rest.check] } }
        : { dns: { kind: "dns", addresses, zones: { "example.net": "stacks/zones/example.net.zone" } } },
      sites: rest.sites,
      ...(rest.floor === undefined ? {} : { floor: rest.floor }),
      ...(rest.from === undefined ? {} : { management: { from: rest.from } }),
    };
  });
