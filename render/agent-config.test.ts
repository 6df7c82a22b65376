import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { agentConfigSchema, type AgentConfig, type AgentConfigInput } from "../model/agent-config.ts";
import { networkSchema, type NetworkInput } from "../model/schema.ts";
import { agentConfig } from "./agent-config.ts";
import { HOST } from "./network-arbitrary.ts";

type Services = NetworkInput["services"];
type ExternalInput = Extract<Services[string], { kind: "external" }>;

const timing = { every: 1000, timeout: 500, fall: 2, rise: 2 };
const V4 = "203.0.113.80";
const V6 = "2001:db8:53::80";

/** The configuration as it is written, and as the agent reads it. */
function configOf(services: Services): { written: AgentConfigInput; read: AgentConfig } {
  const network = networkSchema.parse({
    asn: 64500,
    prefixes: ["2001:db8:53::/48", "203.0.113.0/24"],
    services,
    sites: { fra: { host: { provider: "lab", region: "fra" } } },
  });
  const written = JSON.parse(JSON.stringify(agentConfig(network, "fra", HOST))) as AgentConfigInput;
  return { written, read: agentConfigSchema.parse(written) };
}

/** An external service with both families. */
function web(checks: ExternalInput["checks"], rest: Partial<ExternalInput> = {}): Services {
  return { web: { kind: "external", addresses: [V4, V6], ports: ["tcp/80"], checks, ...rest } };
}

describe("the agent's configuration", () => {
  it("asks a DNS service for the SOA of its first zone at each address over both transports, and for all zones in turn", () => {
    const { written } = configOf({
      dns: {
        kind: "dns",
        addresses: ["203.0.113.53", "2001:db8:53::53"],
        zones: { "example.org": "o", "example.net": "n" },
        check: { slow: "300 ms", serial: { servers: ["192.0.2.1"] } },
      },
    });
    const check = { kind: "dns", name: "example.net", ...timing, slow: 300 };
    const serial = { servers: ["192.0.2.1"], behind: 0, port: 53 };
    expect(written.services["dns"]).toEqual({
      unit: "knot.service",
      addresses: ["203.0.113.53", "2001:db8:53::53"],
      checks: [
        { ...check, address: "203.0.113.53", port: 10053, transport: "udp", serial },
        { ...check, address: "203.0.113.53", transport: "tcp" },
        { ...check, address: "2001:db8:53::53", port: 10053, transport: "udp", serial },
        { ...check, address: "2001:db8:53::53", transport: "tcp" },
        {
          ...timing,
          kind: "zones",
          address: "203.0.113.53",
          port: 10053,
          names: ["example.net", "example.org"],
          signatureDays: 0,
          slow: 300,
          scope: "shared",
        },
      ],
    });
  });

  it.each([[undefined], ["site" as const]])("has a DNS service's serial of scope %s say so to the agent", (scope) => {
    const check = { serial: { servers: ["192.0.2.1"] }, ...(scope === undefined ? {} : { scope }) };
    const { written, read } = configOf({
      dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": "n" }, check },
    });
    expect(written.services["dns"]?.checks.map((each) => each.scope)).toEqual([scope, undefined, "shared"]);
    const compared = read.services["dns"]?.checks.filter((each) => each.kind === "dns" && each.serial !== undefined);
    expect(compared?.map((each) => each.scope)).toEqual([scope ?? "shared"]);
  });

  it("has other sites make a check at each own address of the host", () => {
    const { written, read } = configOf(
      web([{ kind: "http" }, { kind: "tcp", port: 443, address: "host", from: "peer" }], { quorum: 2 }),
    );
    const outside = written.services["web"]?.checks.filter(({ from }) => from === "peer");
    expect(outside).toEqual(
      [HOST.ipv4, HOST.ipv6].map((address) => ({ kind: "tcp", port: 443, address, from: "peer", ...timing })),
    );
    expect(read.services["web"]?.quorum).toBe(4);
  });

  it("runs the checks of an external service at each address, or at their own; a command, file or unit once", () => {
    const { written } = configOf(
      web(
        [
          { kind: "http" },
          { kind: "https", host: "www.example.net", path: "/up", status: 204, certificateDays: 14, verify: false },
          { kind: "tcp", port: 443, banner: "SSH" },
          { kind: "udp", port: 123, send: "a", expect: "b" },
          { kind: "ntp", offset: "50 ms", address: "192.0.2.7" },
          { kind: "dns", name: "example.net", port: 5353, type: "A", serial: undefined },
          { kind: "icmp", address: "192.0.2.1" },
          { kind: "command", argv: ["/bin/true"] },
          { kind: "file", path: "/run/beat", age: "1 min" },
          { kind: "unit", unit: "nginx.service" },
        ],
        { unit: "nginx.service" },
      ),
    );
    const both = (check: object): object[] => [
      { ...check, address: V4, ...timing },
      { ...check, address: V6, ...timing },
    ];
    const dns = { kind: "dns", port: 5353, name: "example.net", type: "A", ...timing };
    expect(written.services["web"]).toEqual({
      unit: "nginx.service",
      addresses: [V4, V6],
      checks: [
        ...both({ kind: "http" }),
        ...both({
          kind: "https",
          host: "www.example.net",
          path: "/up",
          status: 204,
          certificateDays: 14,
          verify: false,
        }),
        ...both({ kind: "tcp", port: 443, banner: "SSH" }),
        ...both({ kind: "udp", port: 123, send: "a", expect: "b" }),
        { kind: "ntp", address: "192.0.2.7", offset: 50, ...timing },
        { ...dns, address: V4, transport: "udp" },
        { ...dns, address: V4, transport: "tcp" },
        { ...dns, address: V6, transport: "udp" },
        { ...dns, address: V6, transport: "tcp" },
        { kind: "icmp", address: "192.0.2.1", ...timing },
        { kind: "command", argv: ["/bin/true"], ...timing },
        { kind: "file", path: "/run/beat", age: 60_000, ...timing },
        { kind: "unit", unit: "nginx.service", ...timing },
      ],
    });
  });

  it("gives a check at several addresses an id for each, and explains by the one at the same address", () => {
    const { written, read } = configOf(
      web([
        { kind: "tcp", port: 80, id: "port" },
        { kind: "http", dependsOn: ["port", "disk"] },
        { kind: "command", argv: ["/bin/true"], id: "disk" },
        { kind: "file", path: "/run/beat", dependsOn: ["port"] },
        { kind: "dns", name: "example.net", address: "192.0.2.1", id: "origin", scope: "shared" },
      ]),
    );
    const relations = written.services["web"]?.checks.map(({ id, dependsOn, scope }) => ({ id, dependsOn, scope }));
    expect(relations).toEqual([
      { id: `port/${V4}` },
      { id: `port/${V6}` },
      { dependsOn: [`port/${V4}`, "disk"] },
      { dependsOn: [`port/${V6}`, "disk"] },
      { id: "disk" },
      { dependsOn: [`port/${V4}`, `port/${V6}`] },
      { id: "origin/192.0.2.1/udp", scope: "shared" },
      { id: "origin/192.0.2.1/tcp", scope: "shared" },
    ]);
    const ids = read.services["web"]!.checks.flatMap(({ id }) => id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("counts a check at several addresses by the share of them that is up, so that `2 of 3` stays that", () => {
    const checks: ExternalInput["checks"] = [
      { kind: "tcp", port: 80 },
      { kind: "dns", name: "example.net", weight: 3 },
      { kind: "command", argv: ["/bin/true"], weight: 2 },
    ];
    const { written } = configOf(web(checks, { quorum: 4 }));
    expect(written.services["web"]?.quorum).toBe(16);
    expect(written.services["web"]?.checks.map(({ weight }) => weight)).toEqual([2, 2, 3, 3, 3, 3, 8]);
    expect(configOf(web(checks, { quorum: "any" })).written.services["web"]).toMatchObject({ quorum: "any" });
    expect(configOf(web(checks, { quorum: "all" })).written.services["web"]).not.toHaveProperty("quorum");
  });

  it("keeps the share of every check of any weight at any number of addresses", () => {
    const check = fc.record({
      weight: fc.integer({ min: 1, max: 9 }),
      kind: fc.constantFrom("tcp" as const, "dns" as const, "file" as const),
    });
    fc.assert(
      fc.property(fc.array(check, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 5 }), (given, count) => {
        const total = given.reduce((sum, { weight }) => sum + weight, 0);
        const addresses = [V6, ...Array.from({ length: count }, (_, index) => `203.0.113.${index + 1}`)];
        const checks = given.map(({ kind, weight }): ExternalInput["checks"][number] => {
          switch (kind) {
            case "tcp":
              return { kind, weight, port: 80 };
            case "dns":
              return { kind, weight, name: "example.net" };
            case "file":
              return { kind, weight, path: "/run/beat" };
          }
        });
        const service = configOf(web(checks, { addresses, quorum: total })).read.services["web"]!;
        const sum = service.checks.reduce((all, { weight }) => all + weight, 0);
        expect(sum).toBe(service.quorum);
        const scale = sum / total;
        for (const [kind, places] of [
          ["tcp", addresses.length],
          ["dns", 2 * addresses.length],
          ["file", 1],
        ] as const)
          expect(service.checks.filter((one) => one.kind === kind).map(({ weight }) => weight)).toEqual(
            given
              .filter((one) => one.kind === kind)
              .flatMap(({ weight }) => Array<number>(places).fill((weight * scale) / places)),
          );
      }),
    );
  });

  it("names the services of each prefix", () => {
    const { read } = configOf({
      dns: { kind: "dns", addresses: ["203.0.113.53", "2001:db8:53::53"], zones: { "example.net": "n" } },
      web: { kind: "external", addresses: [V4], ports: ["tcp/80"], checks: [{ kind: "http" }] },
    });
    expect(read.prefixes.map(({ cidr, services }) => [cidr, services])).toEqual([
      ["203.0.113.0/24", ["dns", "web"]],
      ["2001:db8:53::/48", ["dns"]],
    ]);
  });

  it("tells a site that the network does not have", () => {
    const network = networkSchema.parse({
      asn: 64500,
      prefixes: ["203.0.113.0/24"],
      services: { dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": "n" } } },
      sites: {},
    });
    expect(() => agentConfig(network, "fra", HOST)).toThrow("the network has no site 'fra'");
  });
});
