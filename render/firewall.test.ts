import { describe, expect, it } from "vitest";
import type { HostFacts } from "../model/host.ts";
import { networkSchema, type HostConfig } from "../model/schema.ts";
import { renderFirewall } from "./firewall.ts";
import { HOST } from "./network-arbitrary.ts";

const network = networkSchema.parse({
  asn: 64500,
  prefixes: ["203.0.113.0/24"],
  services: {
    dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": "z" } },
    web: {
      kind: "external",
      addresses: ["203.0.113.80"],
      ports: ["tcp/443", "udp/443"],
      checks: [{ kind: "tcp", port: 443 }],
    },
  },
  sites: { fra: { host: { provider: "lab", region: "fra" } } },
});
const lab: HostConfig = { provider: "lab", region: "fra", profile: "vultr" };
const existing = { provider: "existing", port: 2222 } as HostConfig;

describe("the firewall", () => {
  it("leaves SSH alone when it may come from everywhere", () => {
    expect(renderFirewall(network, "fra", HOST, lab)).not.toMatch(/ssh|management/);
  });

  it.each([
    [lab, 22],
    [existing, 2222],
  ])("takes SSH from the management prefixes alone, on the host's own port", (connection, port) => {
    const text = renderFirewall(
      network,
      "fra",
      { ...HOST, managementFrom: ["192.0.2.0/24", "2001:db8::/32"] },
      connection,
    );
    expect(text).toContain(`    tcp dport ${port} goto ssh\n`);
    expect(text).toContain("elements = { 192.0.2.0/24 }");
    expect(text).toContain("elements = { 2001:db8::/32 }");
  });

  it("shows the metrics to the management prefixes alone, and to nobody while there is none", () => {
    const withMetrics = { ...network, management: { sshKeys: [], metrics: { port: 9179 } } };
    const metrics = (host: HostFacts) =>
      /chain metrics \{\n([^}]*)\n {2}\}/
        .exec(renderFirewall(withMetrics, "fra", host, lab))?.[1]
        ?.split("\n")
        .map((line) => line.trim());
    expect(metrics(HOST)).toEqual(["drop"]);
    const managed = { ...HOST, managementFrom: ["192.0.2.0/24"] };
    expect(metrics(managed)).toEqual(["ip saddr @management4 accept", "ip6 saddr @management6 accept", "drop"]);
    expect(renderFirewall(withMetrics, "fra", managed, lab)).toContain("    tcp dport 9179 goto metrics\n");
    expect(renderFirewall(network, "fra", managed, lab)).not.toContain("metrics");
  });

  it("lets through the ports of each service to its own addresses", () => {
    const text = renderFirewall(network, "fra", HOST, lab);
    const elements = (set: string) => new RegExp(`set ${set} \\{\\n.*\\n +elements = \\{ (.*) \\}`).exec(text)?.[1];
    expect(elements("udp_ports4")).toBe("203.0.113.53 . 53, 203.0.113.80 . 443");
    expect(elements("tcp_ports4")).toBe("203.0.113.53 . 53, 203.0.113.80 . 443");
    expect(elements("tcp_ports6")).toBeUndefined();
  });

  it("takes heartbeats at the host's own addresses alone", () => {
    const jumps = renderFirewall(network, "fra", HOST, lab)
      .split("\n")
      .filter((line) => line.includes("61453"));
    expect(jumps.map((line) => line.trim())).toEqual([
      "ip daddr 192.0.2.10 udp dport 61453 goto heartbeats",
      "ip6 daddr 2001:db8:1::10 udp dport 61453 goto heartbeats",
    ]);
    const withoutAddress = { ...HOST, ipv4: undefined, ipv6: undefined };
    expect(renderFirewall(network, "fra", withoutAddress, lab)).not.toContain("heartbeats");
  });

  it("limits the rate of nothing but echo requests and heartbeats (safety 15)", () => {
    const limited = renderFirewall(network, "fra", HOST, lab)
      .split("\n")
      .filter((line) => line.includes("limit rate"));
    expect(limited.map((line) => line.trim().split(" limit ")[0])).toEqual([
      "icmp type echo-request",
      "icmpv6 type echo-request",
      "limit rate 500/second burst 100 packets",
      "limit rate 200/second burst 50 packets accept",
    ]);
  });
});
