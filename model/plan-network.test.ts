import { describe, expect, test } from "vitest";
import { ConfigError } from "./config-error.ts";
import { planNetwork } from "./plan-network.ts";
import { REGIONS } from "./regions.ts";

type Mutable = Record<string, unknown>;

/** A valid network in the lab; each case below breaks one thing of it. */
function network(): {
  services: Record<string, Mutable>;
  sites: Record<string, Mutable & { host: Mutable }>;
} & Mutable {
  return {
    asn: 64500,
    prefixes: ["203.0.113.0/24", "2001:db8:53::/48"],
    services: {
      dns: {
        kind: "dns",
        addresses: ["203.0.113.53", "2001:db8:53::53"],
        zones: { "example.net": "zones/example.net.zone" },
      },
    },
    sites: {
      fra: { host: { provider: "lab", region: "fra" } },
      nyc: { host: { provider: "lab", region: "nyc" } },
      sin: { host: { provider: "lab", region: "sin" } },
    },
  };
}

const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA";

/** A host on the Internet: reserved numbers and prefixes are no longer allowed. */
function existing(overrides: Mutable = {}): Mutable & { host: Mutable } {
  return {
    host: {
      provider: "existing",
      address: "192.0.2.7",
      hostKey: HOST_KEY,
      ipv6: "2001:db8::7",
      profile: "vultr",
      location: { latitude: 52, longitude: 5 },
      ...overrides,
    },
  };
}

function publicNetwork(): ReturnType<typeof network> {
  const value = network();
  value["asn"] = 396982;
  value["prefixes"] = ["192.5.5.0/24", "2001:500:2f::/48"];
  value.services["dns"]!["addresses"] = ["192.5.5.241", "2001:500:2f::f"];
  value.sites = {
    ams: existing(),
    sea: existing({ address: "192.0.2.8", location: { latitude: 47, longitude: -122 } }),
    nrt: existing({ address: "192.0.2.9", location: { latitude: 35, longitude: 140 } }),
  };
  return value;
}

function problemsOf(input: unknown): string[] {
  try {
    planNetwork(input);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim().replace("anycast:network.", ""));
  }
}

test("a valid network has a plan", () => {
  const plan = planNetwork(network());
  expect(plan.sites.map(({ name }) => name)).toEqual(["fra", "nyc", "sin"]);
  expect(plan.floor).toBe(2);
  expect(plan.waves).toEqual([["fra"], ["nyc", "sin"]]);
  expect(plan.warnings).toEqual([]);
  expect(plan.announcements[0]).toMatchObject({ active: ["fra", "nyc", "sin"], drained: [] });
  expect(plan.config.services["dns"]).toMatchObject({ check: { every: 1000, timeout: 500, fall: 2, rise: 2 } });
  expect(plan.sites[0]?.location).toEqual({ latitude: 50.11, longitude: 8.68 });
});

test("a valid public network has a plan", () => {
  expect(problemsOf(publicNetwork())).toEqual([]);
});

describe("each mistake is named with its path", () => {
  const cases: [name: string, change: (value: ReturnType<typeof network>) => void, problem: string][] = [
    [
      "address outside",
      (v) => (v.services["dns"]!["addresses"] = ["203.0.113.53", "2001:db8:53::53", "192.0.2.1"]),
      "services.dns.addresses[2]: 192.0.2.1 is in none of the prefixes (203.0.113.0/24, 2001:db8:53::/48)",
    ],
    [
      "too long v4",
      (v) => (v["prefixes"] = ["203.0.113.0/25"]),
      "prefixes[0]: 203.0.113.0/25 is longer than /24: other networks will not accept it",
    ],
    [
      "too long v6",
      (v) => (v["prefixes"] = ["2001:db8:53::/49"]),
      "prefixes[0]: 2001:db8:53::/49 is longer than /48: other networks will not accept it",
    ],
    [
      "host bits",
      (v) => (v["prefixes"] = ["203.0.113.1/24"]),
      "prefixes[0]: '203.0.113.1/24' has host bits set: did you mean 203.0.113.0/24?",
    ],
    [
      "no prefix",
      (v) => (v["prefixes"] = ["203.0.113.0"]),
      "prefixes[0]: '203.0.113.0' is no prefix: write it as in 203.0.113.0/24 or 2001:db8:53::/48",
    ],
    [
      "duplicate address",
      (v) => (v.services["dns"]!["addresses"] = ["203.0.113.53", "2001:db8:53::53", "2001:0db8:53:0::53"]),
      "services.dns.addresses[2]: 2001:db8:53::53 is already an address of service 'dns'",
    ],
    [
      "overlap",
      (v) => (v["prefixes"] = ["203.0.112.0/23", "203.0.113.0/24", "2001:db8:53::/48"]),
      "prefixes[1]: 203.0.113.0/24 overlaps 203.0.112.0/23",
    ],
    ["AS 0", (v) => (v["asn"] = 0), "asn: AS0 is reserved (RFC 7607): it cannot originate a prefix"],
    ["AS_TRANS", (v) => (v["asn"] = 23456), "asn: AS23456 is AS_TRANS (RFC 6793): it cannot originate a prefix"],
    ["AS 65535", (v) => (v["asn"] = 65535), "asn: AS65535 is reserved (RFC 7300): it cannot originate a prefix"],
    [
      "AS 4294967295",
      (v) => (v["asn"] = 4294967295),
      "asn: AS4294967295 is reserved (RFC 7300): it cannot originate a prefix",
    ],
    [
      "unknown region",
      (v) => (v.sites["fra"]!.host["region"] = "frs"),
      "sites.fra.host.region: the lab has no region 'frs'; did you mean 'fra'? (fra, nyc, sin, ams, lon, par, … 98 in model/metros.ts)",
    ],
    [
      "unknown key",
      (v) => (v.sites["fra"]!["stat"] = "active"),
      "sites.fra: unknown key 'stat'; did you mean 'state'? (known here: host, state, prepend, noExportTo, communities)",
    ],
    [
      "unknown provider",
      (v) => (v.sites["fra"]!.host["provider"] = "labb"),
      "sites.fra.host.provider: 'labb' is not one of lab, vultr, vultrBareMetal, equinixMetal, existing, custom; did you mean 'lab'?",
    ],
    [
      "fewer sites than the floor",
      (v) => (v["floor"] = 4),
      "floor: 3 of 3 sites are active, fewer than the floor of 4, for 203.0.113.0/24, 2001:db8:53::/48 (safety 1): lower the floor",
    ],
    [
      "drained below the floor",
      (v) => {
        v.sites["fra"]!["state"] = "drained";
        v.sites["nyc"]!["state"] = "drained";
      },
      "floor: 1 of 3 sites are active, fewer than the floor of 2, for 203.0.113.0/24, 2001:db8:53::/48 (safety 1): leave more sites active, or to do it on purpose, in one run: ANYCAST_BELOW_FLOOR=203.0.113.0/24,2001:db8:53::/48 pulumi up (docs/below-the-floor.md)",
    ],
    [
      "one site",
      (v) => {
        delete v.sites["fra"];
        delete v.sites["nyc"];
      },
      "sites: one site only: anycast needs at least two, or every change and every fault is an outage",
    ],
    [
      "wave of an unknown site",
      (v) => (v["rollout"] = { waves: [["fraa"]] }),
      "rollout.waves[0][0]: there is no site 'fraa'; did you mean 'fra'?",
    ],
    ["wave of nobody", (v) => (v["rollout"] = { waves: [] }), "rollout.waves: must not be empty"],
    [
      "site in two waves",
      (v) => (v["rollout"] = { waves: [["fra"], ["fra"]] }),
      "rollout.waves[1][0]: site 'fra' is in two waves",
    ],
    [
      "a residue without its unit",
      (v) => (v["drain"] = { residue: 1 }),
      "drain.residue: must be a rate with its unit, as in '1 packet/s' or '20 packets/s'",
    ],
    [
      "a patience that outlasts an apply",
      (v) => (v["drain"] = { residue: "20 packets/s", patience: "10 min" }),
      "drain.patience: is too long: an apply waits for 5 min at most",
    ],
    [
      "bare duration",
      (v) => (v.services["dns"]!["check"] = { every: 200 }),
      "services.dns.check.every: must be a duration with a unit, as in '200 ms' or '2 s'",
    ],
    [
      "a soak that nobody waits for",
      (v) => (v["rollout"] = { soak: "11 min" }),
      "rollout.soak: must be at most 10 min",
    ],
    [
      "negative soak",
      (v) => (v["rollout"] = { soak: "-1 s" }),
      "rollout.soak: '-1 s' is no duration: write a number and a unit (ms, s, m or min, h, d), as in '200 ms'",
    ],
    [
      "missing region",
      (v) => delete v.sites["fra"]!.host["region"],
      "sites.fra.host.region: is missing: a text is needed",
    ],
    [
      "unserved prefix",
      (v) => (v["prefixes"] = ["203.0.113.0/24", "2001:db8:53::/48", "192.0.2.0/24"]),
      "prefixes[2]: no service has an address in 192.0.2.0/24: it would never be announced",
    ],
  ];
  test.each(cases)("%s", (_name, change, problem) => {
    const value = network();
    change(value);
    expect(problemsOf(value)).toEqual([problem]);
  });
});

const soakOf = (rollout?: object): number => planNetwork({ ...network(), rollout }).config.rollout.soak;

test("SSH by a name in another zone, although it ends alike", () => {
  const value = publicNetwork();
  value.sites["ams"] = existing({ address: "ams.notexample.net", ipv4: "192.0.2.7" });
  expect(() => planNetwork(value)).not.toThrow();
});

test("a soak is 30 s unless it is given, and may be 0", () => {
  expect([soakOf(), soakOf({ soak: "2 min" }), soakOf({ soak: "0 s" })]).toEqual([30_000, 120_000, 0]);
});

describe("outside the lab", () => {
  const cases: [name: string, change: (value: ReturnType<typeof network>) => void, problem: string][] = [
    [
      "documentation prefix",
      (v) => {
        v["prefixes"] = ["203.0.113.0/24"];
        v.services["dns"]!["addresses"] = ["203.0.113.53"];
      },
      "prefixes[0]: 203.0.113.0/24 is documentation space (RFC 5737): it can be announced in the lab only, and site 'ams' is not in the lab",
    ],
    [
      "metrics for everybody",
      (v) => (v["management"] = { metrics: { port: 9179 } }),
      "management.metrics: needs management.from, the prefixes from which Prometheus and SSH come: metrics are not for everybody",
    ],
    [
      "private prefix",
      (v) => {
        v["prefixes"] = ["10.1.0.0/16"];
        v.services["dns"]!["addresses"] = ["10.1.0.1"];
      },
      "prefixes[0]: 10.1.0.0/16 is private space (RFC 1918): it can be announced in the lab only, and site 'ams' is not in the lab",
    ],
    [
      "SSH by the anycast prefix",
      (v) => (v.sites["ams"] = existing({ address: "192.5.5.1" })),
      "sites.ams.host: 192.5.5.1 is inside an announced prefix: the way to manage a host must not depend on it (safety 13)",
    ],
    [
      "SSH by a name in a zone of its own",
      (v) => (v.sites["ams"] = existing({ address: "ams.mgmt.example.net", ipv4: "192.0.2.7" })),
      "sites.ams.host.address: ams.mgmt.example.net is in zone example.net, which this network serves: the way to manage a host must not depend on it (safety 13). Give its IP address, or a name in a zone that others serve",
    ],
    [
      "SSH from the anycast prefix",
      (v) => (v["management"] = { from: ["198.51.100.0/24", "192.5.5.128/25"] }),
      "management.from[1]: 192.5.5.128/25 is inside 192.5.5.0/24, which is announced: answers to it end at the nearest site (safety 13). Name the networks that you manage from",
    ],
    [
      "no IPv6 source",
      (v) => {
        delete v.sites["ams"]!.host["ipv6"];
      },
      "sites.ams.host.ipv6: is missing: the host's own IPv6 address, the source of its BGP session",
    ],
    [
      "no neighbors",
      (v) => (v.sites["ams"] = existing({ profile: "custom", neighbors: [{ address: "192.0.2.1", asn: 3356 }] })),
      "sites.ams.host.neighbors: none speaks IPv6: the IPv6 prefixes could not be announced here",
    ],
    [
      "neighbors of a profile",
      (v) => (v.sites["ams"] = existing({ neighbors: [{ address: "192.0.2.1", asn: 3356 }] })),
      "sites.ams.host.neighbors: profile 'vultr' has its own: leave them out, or set profile: custom",
    ],
    [
      "a profile whose speakers differ from place to place",
      (v) => (v.sites["ams"] = existing({ profile: "netactuate" })),
      "sites.ams.host.neighbors: is empty: NetActuate's BGP speakers differ from place to place, name those of this host (from its API)",
    ],
    [
      "a neighbor that the profile knows",
      (v) =>
        (v.sites["ams"] = existing({
          profile: "phoenixnap",
          neighbors: [
            { address: "169.254.247.9", asn: 65400 },
            { address: "2001:db8::1", asn: 65400 },
          ],
        })),
      "sites.ams.host.neighbors[0]: profile 'phoenixnap' has its own for IPv4: leave them out, or set profile: custom",
    ],
    [
      "a region by another name",
      (v) => (v.sites["ams"] = { host: { provider: "vultr", region: "tyo" } }),
      `sites.ams.host.region: Vultr has no region 'tyo'; did you mean 'nrt' (Tokyo)? (${[...REGIONS.vultr.keys()].join(", ")})`,
    ],
    [
      "what a provider has no community for",
      (v) => (v.sites["ams"] = { host: { provider: "equinixMetal", region: "am" }, noExportTo: [6939] } as never),
      "sites.ams.noExportTo: Equinix Metal has no community for it: leave it out here, or ask Equinix Metal to filter for you",
    ],
    [
      "20473:6000",
      (v) => (v.sites["ams"]!["communities"] = ["20473:6000"]),
      "sites.ams.communities[0]: 20473:6000 keeps the prefix inside Vultr: no other network would hear of it, and the site would look healthy",
    ],
    [
      "no community",
      (v) => (v.sites["ams"]!["communities"] = ["70000:1"]),
      "sites.ams.communities[0]: '70000:1' is no community: write two numbers up to 65535, as in 20473:64609, or three up to 4294967295",
    ],
    ["too many prepends", (v) => (v.sites["ams"]!["prepend"] = 4), "sites.ams.prepend: must be at most 3, got 4"],
    [
      "a prefix shorter than the provider takes",
      (v) => {
        v["prefixes"] = ["23.0.0.0/15", "2001:500:2f::/48"];
        v.services["dns"]!["addresses"] = ["23.0.5.241", "2001:500:2f::f"];
      },
      "prefixes[0]: 23.0.0.0/15 is outside what Vultr takes, /16 to /24",
    ],
  ];
  test.each(cases)("%s", (_name, change, problem) => {
    const value = publicNetwork();
    change(value);
    expect(problemsOf(value)).toEqual([problem]);
  });

  test("a private AS number at a public provider", () => {
    expect(new Set(problemsOf({ ...publicNetwork(), asn: 64512 }))).toEqual(
      new Set([
        "asn: AS64512 is a private number: vultr announces your own prefix only from your own public AS number",
      ]),
    );
  });

  test("a host with a lab's management address counts as in the lab", () => {
    const value = network();
    for (const site of ["fra", "nyc", "sin"])
      value.sites[site] = existing({ address: "198.18.0.9", ipv4: "100.64.0.9" });
    expect(problemsOf(value)).toEqual([]);
  });
});

test("documentation space is taken in a rehearsal, where nothing reaches the Internet", () => {
  const value = network();
  value.sites = {
    ams: { host: { provider: "vultr", region: "ams" } },
    sea: { host: { provider: "vultr", region: "sea" } },
  };
  expect(problemsOf(value)).toHaveLength(3);
  expect(planNetwork(value, { rehearsal: true }).sites.map(({ location }) => location.latitude)).toEqual([
    52.37, 47.61,
  ]);
});

test("a site at a provider that was shut down is warned about", () => {
  const value = publicNetwork();
  value.sites["ams"] = { host: { provider: "equinixMetal", region: "am" } };
  expect(planNetwork(value).warnings).toContainEqual(
    expect.stringMatching(/shut down on 30 June 2026.*vultrBareMetal.*\(site 'ams'\)/),
  );
});

test("few sites, or all in one metro, are warned about", () => {
  const value = network();
  delete value.sites["sin"];
  value.sites["nyc"]!.host["region"] = "fra";
  expect(planNetwork(value).warnings).toEqual([
    expect.stringContaining("Only 2 sites"),
    expect.stringContaining("one metropolitan area"),
  ]);
});

test("a share that adds no site is left out", () => {
  expect(planNetwork({ ...network(), rollout: { waves: [["fra", "nyc"], "10%", "100%"] } }).waves).toEqual([
    ["fra", "nyc"],
    ["sin"],
  ]);
});

test("shares of the sites are taken in a stable order", () => {
  const value = { ...network(), rollout: { waves: [["sin"], "67%", "100%"] } };
  expect(planNetwork(value).waves).toEqual([["sin"], ["fra"], ["nyc"]]);
});
