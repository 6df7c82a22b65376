import type { HostFacts } from "../../model/host.ts";
import type { HostVersions } from "../../model/manifest.ts";
import { PROFILES } from "../../model/profiles.ts";
import { networkSchema, type NetworkInput } from "../../model/schema.ts";
import type { SiteRendering } from "../../render/manifest.ts";

const BOOKWORM: HostVersions = { debian: "12", bird: "2.0.12", knot: "3.2.6", node: "18.20.4" };
const TRIXIE: HostVersions = { debian: "13", bird: "2.17.6", knot: "3.4.6", node: "20.19.2" };

/** Obviously no real one: every password that a golden case may need, by neighbor. */
export const PASSWORDS = { "169.254.169.254": "not-a-secret-4", "2001:19f0:ffff::1": "not-a-secret-6" };

const SECRETS_VERSION = "3f1c0a52-0000-4000-8000-000000000001";

const dns: NetworkInput = {
  asn: 64500,
  prefixes: ["203.0.113.0/24", "2001:db8:53::/48"],
  services: {
    dns: {
      kind: "dns",
      addresses: ["203.0.113.53", "2001:db8:53::53"],
      zones: { "example.net": "zones/example.net.zone" },
      check: { every: "200 ms", timeout: "150 ms", fall: 2, rise: 5 },
    },
  },
  sites: {
    fra: { host: { provider: "lab", region: "fra" } },
    nyc: { host: { provider: "lab", region: "nyc" } },
  },
};

const twoServices: NetworkInput = {
  asn: 64500,
  prefixes: ["203.0.113.0/24", "198.51.100.0/24", "2001:db8:53::/48"],
  announceWhen: "any",
  services: {
    ...dns.services,
    web: {
      kind: "external",
      addresses: ["198.51.100.80", "2001:db8:53::80"],
      ports: ["tcp/80", "tcp/443", "udp/443"],
      checks: [
        { kind: "http", port: 80, path: "/health" },
        { kind: "tcp", port: 443 },
        { kind: "command", argv: ["/usr/local/bin/disk-has-room", "--percent", "5"], every: "10 s", timeout: "2 s" },
      ],
    },
  },
  sites: { ...dns.sites, sin: { host: { provider: "lab", region: "sin" }, state: "drained" } },
};

const custom: NetworkInput = {
  ...dns,
  sites: {
    ...dns.sites,
    ber: {
      host: {
        provider: "existing",
        address: "192.0.2.66",
        port: 2222,
        hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExample00",
        ipv4: "192.0.2.66",
        ipv6: "2001:db8:1::66",
        neighbors: [
          { address: "192.0.2.65", asn: 64510 },
          { address: "2001:db8:1::65", asn: 64510 },
        ],
        location: { latitude: 52.52, longitude: 13.41 },
      },
    },
  },
  management: { from: ["192.0.2.0/24", "2001:db8:2::/48"] },
};

const vultrHost: HostFacts = {
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

const customHost: HostFacts = {
  ipv4: "192.0.2.66",
  ipv6: "2001:db8:1::66",
  neighbors: [
    { family: 4, address: "192.0.2.65", asn: 64510, source: "192.0.2.66", multihop: undefined, password: false },
    {
      family: 6,
      address: "2001:db8:1::65",
      asn: 64510,
      source: "2001:db8:1::66",
      multihop: undefined,
      password: false,
    },
  ],
  profile: PROFILES.custom,
  managementFrom: ["192.0.2.0/24", "2001:db8:2::/48"],
};

const zones = {
  "example.net": `$ORIGIN example.net.
$TTL 3600
@     IN SOA ns hostmaster 1 7200 3600 1209600 3600
      IN NS  ns
ns    IN A    203.0.113.53
      IN AAAA 2001:db8:53::53
`,
};

function rendering(
  network: NetworkInput,
  rest: Omit<SiteRendering, "network" | "zones" | "secretsVersion">,
): SiteRendering {
  const secretsVersion = rest.host.neighbors.some((neighbor) => neighbor.password) ? SECRETS_VERSION : null;
  return { network: networkSchema.parse(network), zones, secretsVersion, ...rest };
}

/** The example sites, by the name of the folder that holds their files as they are on the host. */
export const CASES: Readonly<Record<string, SiteRendering>> = {
  "vultr-debian12": rendering(dns, { site: "fra", host: vultrHost, versions: BOOKWORM }),
  "vultr-debian13": rendering(dns, { site: "fra", host: vultrHost, versions: TRIXIE }),
  "custom-direct": rendering(custom, { site: "ber", host: customHost, versions: BOOKWORM }),
  "two-services-drained": rendering(twoServices, { site: "sin", host: vultrHost, versions: BOOKWORM }),
};
