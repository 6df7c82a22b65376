import { expect, test } from "vitest";
import { agentConfigSchema, type AgentCheckInput } from "./agent-config.ts";

const site: AgentCheckInput = { kind: "tcp", address: "203.0.113.53", port: 53 };
const shared: AgentCheckInput = { ...site, scope: "shared" };
const peer: AgentCheckInput = { kind: "tcp", address: "192.0.2.1", port: 53, from: "peer" };

function problems(checks: AgentCheckInput[], quorum: "all" | "any" | number = "all"): string[] {
  const parsed = agentConfigSchema.safeParse({
    site: "fra",
    services: { dns: { checks, quorum } },
    prefixes: [{ cidr: "203.0.113.0/24" }],
    heartbeat: { addresses: ["192.0.2.1", "2001:db8::1"], port: 61453 },
  });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

test.each<[string, AgentCheckInput[], ("all" | "any" | number)?]>([
  ["one check", [site]],
  ["a shared one beside it", [site, shared]],
  ["one that other sites make beside it", [site, peer], 2],
  ["the other family", [site, { ...peer, address: "2001:DB8:0::1" }]],
  ["a quorum of the weight", [{ ...site, weight: 3 }, shared], 3],
])("takes %s", (_, checks, quorum) => {
  expect(problems(checks, quorum)).toEqual([]);
});

const ALONE =
  "services.dns.checks: every check is shared or made by other sites: at least one must ask the site itself";
test.each<[string, AgentCheckInput[], "all" | "any" | number, string]>([
  ["nothing but shared checks", [shared], "all", ALONE],
  ["nothing but checks of other sites", [peer, shared], "any", ALONE],
  ["nothing but shared checks and a number", [shared], 1, ALONE],
  [
    "a quorum that is never reached",
    [site, { ...site, weight: 2 }, shared],
    4,
    "services.dns.quorum: is 4, but the checks of scope site weigh 3 together: it would never be reached",
  ],
  [
    "a command that others make",
    [site, { kind: "command", argv: ["true"], from: "peer" }],
    "all",
    "services.dns.checks.1.from: other sites make no command checks, but dns, http, https, tcp, udp, icmp",
  ],
  [
    "others probing somebody else",
    [site, { ...peer, address: "192.0.2.2" }],
    "all",
    "services.dns.checks.1.address: is no address of heartbeat: other sites probe these alone, not '192.0.2.2'",
  ],
  [
    "others comparing serials",
    [
      site,
      { kind: "dns", name: "x", address: "192.0.2.1", from: "peer", serial: { servers: ["192.0.2.2"], behind: 0 } },
    ],
    "all",
    "services.dns.checks.1.serial: other sites compare no serials",
  ],
  [
    "others being slow",
    [site, { ...peer, slow: 100 }],
    "all",
    "services.dns.checks.1.slow: other sites are not equally near",
  ],
  [
    "a question that fits no message",
    [site, { kind: "http", address: "192.0.2.1", from: "peer", body: "x".repeat(1000) }],
    "all",
    "services.dns.checks.1.from: the check is longer than the 1100 octets",
  ],
])("refuses %s", (_, checks, quorum, problem) => {
  expect(problems(checks, quorum)).toEqual([expect.stringContaining(problem)]);
});
