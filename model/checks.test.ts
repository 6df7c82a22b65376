import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "./config-error.ts";
import { networkSchema, type NetworkInput } from "./schema.ts";

type ExternalInput = Extract<NetworkInput["services"][string], { kind: "external" }>;

/** What is wrong with a service, each with its path in it. */
function problems(service: unknown): string[] {
  const network = {
    asn: 64500,
    prefixes: ["203.0.113.0/24"],
    services: { web: service },
    sites: { fra: { host: { provider: "lab", region: "fra" } } },
  };
  try {
    parseConfig(networkSchema, network);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.replace("  anycast:network.services.web.", ""));
  }
}

const external = (checks: unknown, rest: object = {}): unknown => ({
  kind: "external",
  addresses: ["203.0.113.80"],
  ports: ["tcp/80"],
  checks,
  ...rest,
});

const dns = (check: object): unknown => ({
  kind: "dns",
  addresses: ["203.0.113.53"],
  zones: { "example.net": "zone" },
  check,
});

describe("the checks of an external service", () => {
  it("are of every kind, with what each has", () => {
    const checks: ExternalInput["checks"] = [
      { kind: "dns", name: "example.net", type: "A", rcode: "NXDOMAIN", flags: ["ra", "ad"], answer: "192.0.2.1" },
      { kind: "dns", name: "example.net", serial: { servers: ["192.0.2.1"], behind: 3 }, address: "192.0.2.2" },
      { kind: "http", body: "ok", headers: { "x-role": "primary" }, id: "front", slow: "200 ms" },
      { kind: "https", certificateDays: 14, verify: false, host: "www.example.net" },
      { kind: "tcp", port: 22, banner: "SSH-", weight: 2 },
      { kind: "udp", port: 27015, send: "\xff\xff", expect: "\xff" },
      { kind: "icmp", address: "192.0.2.1", scope: "shared" },
      { kind: "ntp", stratum: 3, offset: "50 ms" },
      { kind: "command", argv: ["/bin/true"], dependsOn: ["front"] },
      { kind: "file", path: "/run/beat", age: "1 min" },
      { kind: "unit", unit: "nginx@a.socket" },
    ];
    expect(problems(external(checks, { unit: "nginx.service", quorum: 3 }))).toEqual([]);
  });

  const http = { kind: "http" };
  it.each<[string, unknown, string]>([
    ["a kind that does not exist", [{ kind: "htttp" }], "checks[0].kind: 'htttp' is not one of dns, http, https"],
    ["a key of another kind", [{ ...http, banner: "x" }], "checks[0]: unknown key 'banner'"],
    ["a certificate without TLS", [{ ...http, certificateDays: 3 }], "checks[0]: unknown key 'certificateDays'"],
    ["a duration without a unit", [{ ...http, slow: 100 }], "checks[0].slow: must be a duration with a unit"],
    [
      "slow that is no shorter than the timeout",
      [{ ...http, slow: "500 ms" }],
      "checks[0].slow: slow is not shorter than timeout: a probe that takes so long has failed",
    ],
    [
      "a timeout that is longer than the interval",
      [{ ...http, every: "400 ms" }],
      "checks[0].timeout: timeout is longer than every: a probe would still run when the next one starts",
    ],
    ["icmp without an address", [http, { kind: "icmp" }], "checks[1].address: is missing: a text is needed"],
    [
      "a rcode that does not exist",
      [{ kind: "dns", name: "example.net", rcode: "NXDOMIAN" }],
      "checks[0].rcode: 'NXDOMIAN' is not one of",
    ],
    [
      "a serial of another type",
      [{ kind: "dns", name: "example.net", type: "A", serial: { servers: ["192.0.2.1"] } }],
      "checks[0].serial: A records have no serial: SOA records have one",
    ],
    [
      "what is no byte",
      [{ kind: "udp", port: 1, send: "→", expect: "x" }],
      "checks[0].send: must be made of single bytes",
    ],
    [
      "a unit without its type",
      [{ kind: "unit", unit: "nginx" }],
      "checks[0].unit: 'nginx' is no systemd unit: write it with its type, as in nginx.service",
    ],
    ["a file that is nowhere", [{ kind: "file", path: "beat" }], "checks[0].path: "],
    [
      "two checks with one id",
      [
        { ...http, id: "a" },
        { ...http, id: "a" },
      ],
      "checks[1].id: there is another check with the id 'a'",
    ],
    [
      "a dependency on nobody",
      [
        { ...http, id: "a" },
        { ...http, dependsOn: ["b"] },
      ],
      "checks[1].dependsOn[0]: there is no check with the id 'b' (other checks: a)",
    ],
    ["a dependency on itself", [{ ...http, id: "a", dependsOn: ["a"] }], "a check cannot depend on itself"],
    [
      "dependencies in a circle",
      [
        { ...http, id: "a", dependsOn: ["c"] },
        { ...http, id: "b", dependsOn: ["a"] },
        { ...http, id: "c", dependsOn: ["b"] },
      ],
      "checks[0].dependsOn[0]: 'c' depends on this check in turn: leave one of the two out",
    ],
    [
      "nothing but shared checks",
      [{ kind: "icmp", address: "192.0.2.1", scope: "shared" }],
      "checks: every check is shared or made by other sites: at least one must ask the site itself",
    ],
    [
      "nothing but checks of somebody else",
      [{ kind: "tcp", port: 80, address: "192.0.2.1" }],
      "a check of another address is shared unless it says scope: site",
    ],
    [
      "checks of other sites alone",
      [{ kind: "tcp", port: 443, address: "host", from: "peer" }],
      "checks: every check is shared or made by other sites",
    ],
    [
      "a host that asks itself",
      [http, { ...http, address: "host" }],
      "checks[1].address: 'host' is for checks with from: peer",
    ],
    ["other sites asking the service", [http, { ...http, from: "peer" }], "checks[1].address: must be host"],
    [
      "other sites being slow",
      [http, { ...http, address: "host", from: "peer", slow: "100 ms" }],
      "checks[1].slow: other sites are not equally near",
    ],
    ["other sites asking for the time", [http, { kind: "ntp", from: "peer" }], "checks[1]: unknown key 'from'"],
    ["no check", [], "checks: must not be empty"],
  ])("refuses %s", (_, checks, problem) => {
    const found = problems(external(checks));
    expect(found.some((one) => one.includes(problem))).toBe(true);
  });
});

describe("an external service", () => {
  const checks = [
    { kind: "http", weight: 2 },
    { kind: "tcp", port: 443 },
    { kind: "icmp", address: "192.0.2.1", scope: "shared" },
  ];

  it.each(["all", "any", 3])("takes the quorum %s", (quorum) => {
    expect(problems(external(checks, { quorum }))).toEqual([]);
  });

  it.each([
    [4, "quorum: is 4, but the checks of scope site weigh 3 together: it would never be reached"],
    [0, "quorum: must be at least 1, got 0"],
    ["most", "quorum: must be all, any, or how many of the checks must be up, as in 2"],
  ])("refuses the quorum %s", (quorum, problem) => {
    expect(problems(external(checks, { quorum }))).toEqual([problem]);
  });

  it("counts checks of other addresses towards the quorum only when they say that they are of the site", () => {
    const gateway = { kind: "icmp", address: "192.0.2.1" };
    const beyond = ["quorum: is 2, but the checks of scope site weigh 1 together: it would never be reached"];
    expect(problems(external([{ kind: "http" }, gateway], { quorum: 2 }))).toEqual(beyond);
    expect(problems(external([{ kind: "http" }, { ...gateway, scope: "site" }], { quorum: 2 }))).toEqual([]);
  });

  it("is run by a unit of type service", () => {
    expect(problems(external(checks, { unit: "nginx.socket" }))).toEqual([
      "unit: must be a unit of type service, as in nginx.service",
    ]);
  });
});

describe("the check of a DNS service", () => {
  it("may be slow, and compares serials", () => {
    expect(problems(dns({ slow: "100 ms", serial: { servers: ["192.0.2.1", "2001:db8::1"], behind: 2 } }))).toEqual([]);
  });

  it.each([
    [{ serial: { servers: [] } }, "check.serial.servers: must not be empty"],
    [{ serial: { servers: ["ns1"] } }, "check.serial.servers[0]: 'ns1' is no IP address"],
    [{ slow: "1 s" }, "check.slow: slow is not shorter than timeout: a probe that takes so long has failed"],
    [{ scope: "shared" }, "check.scope: 'shared' is not one of site"],
  ])("refuses %j", (check, problem) => {
    expect(problems(dns(check)).join("\n")).toContain(problem);
  });
});
