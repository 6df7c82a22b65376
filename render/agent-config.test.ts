import { describe, expect, it } from "vitest";
import { agentConfigSchema } from "../model/agent-config.ts";
import { networkSchema, type NetworkInput } from "../model/schema.ts";
import { agentConfig } from "./agent-config.ts";
import { HOST } from "./network-arbitrary.ts";

const timing = { every: 1000, timeout: 500, fall: 2, rise: 2 };

function configOf(services: NetworkInput["services"]) {
  const network = networkSchema.parse({
    asn: 64500,
    prefixes: ["2001:db8:53::/48", "203.0.113.0/24"],
    services,
    sites: { fra: { host: { provider: "lab", region: "fra" } } },
  });
  const config = agentConfig(network, "fra", HOST);
  expect(agentConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
  return config;
}

describe("the agent's configuration", () => {
  it("asks a DNS service for the SOA of its first zone at each address over both transports", () => {
    const { services } = configOf({
      dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.org": "o", "example.net": "n" } },
    });
    const check = { kind: "dns", address: "203.0.113.53", port: 53, name: "example.net", type: "SOA", ...timing };
    expect(services["dns"]).toEqual({
      unit: "knot.service",
      addresses: ["203.0.113.53"],
      checks: [
        { ...check, transport: "udp" },
        { ...check, transport: "tcp" },
      ],
    });
  });

  it("runs the checks of an external service at each address, a command once", () => {
    const { services } = configOf({
      web: {
        kind: "external",
        addresses: ["203.0.113.80", "2001:db8:53::80"],
        ports: ["tcp/80"],
        checks: [
          { kind: "http" },
          { kind: "http", host: "www.example.net", path: "/up", status: 204 },
          { kind: "tcp", port: 443 },
          { kind: "dns", name: "example.net", port: 5353, type: "A" },
          { kind: "command", argv: ["/bin/true"] },
        ],
      },
    });
    const v4 = { address: "203.0.113.80", ...timing };
    const v6 = { address: "2001:db8:53::80", ...timing };
    const http = { kind: "http", port: 80, path: "/", status: 200 };
    const own = { kind: "http", port: 80, host: "www.example.net", path: "/up", status: 204 };
    const dns = { kind: "dns", port: 5353, name: "example.net", type: "A" };
    expect(services["web"]).toEqual({
      unit: null,
      addresses: ["203.0.113.80", "2001:db8:53::80"],
      checks: [
        { ...v4, ...http, host: "203.0.113.80" },
        { ...v6, ...http, host: "[2001:db8:53::80]" },
        { ...v4, ...own },
        { ...v6, ...own },
        { ...v4, kind: "tcp", port: 443 },
        { ...v6, kind: "tcp", port: 443 },
        { ...v4, ...dns, transport: "udp" },
        { ...v4, ...dns, transport: "tcp" },
        { ...v6, ...dns, transport: "udp" },
        { ...v6, ...dns, transport: "tcp" },
        { kind: "command", argv: ["/bin/true"], ...timing },
      ],
    });
  });

  it("names the services of each prefix", () => {
    const { prefixes } = configOf({
      dns: { kind: "dns", addresses: ["203.0.113.53", "2001:db8:53::53"], zones: { "example.net": "n" } },
      web: { kind: "external", addresses: ["203.0.113.80"], ports: ["tcp/80"], checks: [{ kind: "http" }] },
    });
    expect(prefixes.map(({ cidr, services }) => [cidr, services])).toEqual([
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
