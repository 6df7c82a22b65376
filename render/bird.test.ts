import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HostFacts } from "../model/host.ts";
import { networkSchema } from "../model/schema.ts";
import { agentConfig } from "./agent-config.ts";
import { renderBird } from "./bird.ts";
import { HOST, networks, SITE } from "./network-arbitrary.ts";

const versions = fc.constantFrom("2.0.12", "2.17.6", "3.1.8");
const occurrences = (text: string, part: string): number => text.split(part).length - 1;

describe("bird.conf", () => {
  it("and agent.json agree on every prefix, marker and session", () => {
    fc.assert(
      fc.property(networks, versions, (network, version) => {
        const text = renderBird(network, SITE, HOST, version);
        const agent = agentConfig(network, SITE, HOST);
        expect(agent.prefixes.map(({ cidr }) => cidr).toSorted()).toEqual(
          network.prefixes.map(({ cidr }) => cidr).toSorted(),
        );
        for (const { cidr, full, drained } of agent.prefixes) {
          for (const { address, protocol } of [full!, drained!]) {
            expect(occurrences(text, `# Marker: ${address}\nprotocol static ${protocol} {`)).toBe(1);
            expect(occurrences(text, `if net = ${cidr} && proto = "${protocol}" then`)).toBe(1);
          }
          expect(occurrences(text, `  route ${cidr} via `)).toBe(2);
          expect(occurrences(text, `  route ${cidr} unreachable;`)).toBe(1);
        }
        const sessions = agent.sessions ?? [];
        for (const { protocol } of sessions) expect(occurrences(text, `protocol bgp ${protocol} {`)).toBe(1);
        expect(occurrences(text, "protocol bgp ")).toBe(sessions.length);
      }),
    );
  });

  it("exports no more than the filter allows by name, and as many routes as there are prefixes", () => {
    fc.assert(
      fc.property(networks, versions, (network, version) => {
        const text = renderBird(network, SITE, HOST, version);
        expect(occurrences(text, "accept;")).toBe(2 * network.prefixes.length);
        for (const family of [4, 6]) {
          const prefixes = network.prefixes.filter((prefix) => prefix.family === family).length;
          expect(occurrences(text, `export filter export_announce${family};`)).toBe(prefixes > 0 ? 1 : 0);
          const limit = new RegExp(`filter export_announce${family};[^}]*export limit (\\d+) action disable;`).exec(
            text,
          );
          expect(Number(limit?.[1] ?? 0)).toBe(prefixes);
        }
      }),
    );
  });

  it("asks of the provider the same while the site is drained, but for the longest path", () => {
    const network = networkSchema.parse({
      asn: 64500,
      prefixes: ["203.0.113.0/24"],
      services: { dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": "z" } } },
      sites: {
        [SITE]: {
          host: { provider: "lab", region: SITE },
          prepend: 1,
          noExportTo: [64999],
          communities: ["20473:6601"],
        },
      },
    });
    const drained = /function make_last_choice\(\) \{\n(.*?)\n\}/s.exec(renderBird(network, SITE, HOST, "2.0.12"))?.[1];
    expect(drained?.split("\n").map((line) => line.trim())).toEqual([
      "bgp_community.add((65535, 0));",
      "bgp_community.add((20473, 6003));",
      "bgp_community.add((64600, 64999));",
      "bgp_community.add((20473, 6601));",
      "bgp_large_community.add((20473, 6000, 64999));",
      ...Array<string>(3).fill("bgp_path.prepend(64500);"),
    ]);
  });

  it("leaves out a session that would carry nothing", () => {
    const network = networkSchema.parse({
      asn: 64500,
      prefixes: ["203.0.113.0/24"],
      services: { dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": "z" } } },
      sites: { [SITE]: { host: { provider: "lab", region: SITE } } },
    });
    const text = renderBird(network, SITE, HOST, "2.0.12");
    expect(text).toContain("session_v4_1");
    expect(text).not.toContain("session_v6_1");
    expect(text).not.toContain("ipv6");
  });

  it("includes the passwords only where a session has one, in the grammar of the version", () => {
    const open: HostFacts = {
      ...HOST,
      neighbors: HOST.neighbors.map((neighbor) => ({ ...neighbor, password: false })),
    };
    const [network] = fc.sample(networks, { numRuns: 1, seed: 7 });
    const render = (host: HostFacts, version: string): string => renderBird(network!, SITE, host, version);
    expect(render(open, "2.17.6")).not.toMatch(/include|password|authentication/);
    expect(render(HOST, "2.0.12")).toContain('include "anycast-secrets.conf";');
    expect(render(HOST, "2.0.12")).not.toMatch(/authentication|send hold time/);
    expect(render(HOST, "2.17.6")).toMatch(/authentication md5;\n +password password_/);
  });

  it("is direct or multihop as the neighbor is", () => {
    const [network] = fc.sample(networks, { numRuns: 1, seed: 7 });
    const direct: HostFacts = {
      ...HOST,
      neighbors: HOST.neighbors.map((neighbor) => ({ ...neighbor, multihop: undefined })),
    };
    expect(renderBird(network!, SITE, HOST, "2.0.12")).toMatch(/^ {2}multihop 2;$/m);
    expect(renderBird(network!, SITE, direct, "2.0.12")).toMatch(/^ {2}direct;$/m);
    expect(renderBird(network!, SITE, direct, "2.0.12")).not.toMatch(/multihop|ttl security/);
    const guarded = { ...direct, neighbors: direct.neighbors.map((neighbor) => ({ ...neighbor, ttlSecurity: true })) };
    expect(renderBird(network!, SITE, guarded, "2.0.12")).toMatch(/^ {2}ttl security on;/m);
  });

  it("writes out every timer of every session (safety 12)", () => {
    const [network] = fc.sample(networks, { numRuns: 1, seed: 7 });
    const sessions = renderBird(network!, SITE, HOST, "2.17.6")
      .split(/^protocol bgp /m)
      .slice(1);
    expect(sessions.length).toBeGreaterThan(0);
    for (const session of sessions)
      for (const timer of [
        "hold",
        "keepalive",
        "startup hold",
        "send hold",
        "connect delay",
        "connect retry",
        "error wait",
      ])
        expect(session).toMatch(new RegExp(`^ {2}${timer} time \\d+(, \\d+)?;`, "m"));
  });
});
