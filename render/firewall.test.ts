import { describe, expect, it } from "vitest";
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

  it("lets through the ports of each service to its own addresses", () => {
    const text = renderFirewall(network, "fra", HOST, lab);
    const elements = (set: string) => new RegExp(`set ${set} \\{\\n.*\\n +elements = \\{ (.*) \\}`).exec(text)?.[1];
    expect(elements("udp_ports4")).toBe("203.0.113.53 . 53, 203.0.113.80 . 443");
    expect(elements("tcp_ports4")).toBe("203.0.113.53 . 53, 203.0.113.80 . 443");
    expect(elements("tcp_ports6")).toBeUndefined();
  });

  it("limits the rate of nothing but echo requests", () => {
    const limited = renderFirewall(network, "fra", HOST, lab)
      .split("\n")
      .filter((line) => line.includes("limit rate"));
    expect(limited.map((line) => line.trim().split(" limit ")[0])).toEqual([
      "icmp type echo-request",
      "icmpv6 type echo-request",
    ]);
  });
});
