import type { AgentReport } from "../status/report.ts";

/** What the agent of a site would tell of itself: one service, a prefix of each family, one session of two. */
export function report(changes: Partial<AgentReport> = {}): AgentReport {
  const since = "2026-01-02T03:04:05.678Z";
  const prefix = {
    wanted: "full",
    takesOver: false,
    announced: "full",
    session: true,
    since,
    age: 60_000,
    cause: "dns healthy",
    next: null,
    budgetLeft: 2,
  } as const;
  return {
    site: "fra",
    version: "0123456789abcdef",
    config: "00",
    started: since,
    beatAge: 250,
    held: null,
    state: "active",
    drain: null,
    withdrawal: null,
    freeze: null,
    services: {
      dns: {
        verdict: "up",
        checks: [
          {
            check: "dns/udp 203.0.113.53:53 example.net SOA",
            verdict: "up",
            since,
            last: { age: 400, took: 2, cause: null },
          },
          { check: "tcp 203.0.113.53:53", verdict: "unknown", since, last: null },
        ],
      },
    },
    prefixes: [
      { cidr: "203.0.113.0/24", family: 4, ...prefix },
      { cidr: "2001:db8:53::/48", family: 6, ...prefix },
    ],
    routes: [
      { cidr: "203.0.113.0/24", full: { protocol: "full4_0" }, drained: { protocol: "drained4_0" } },
      { cidr: "2001:db8:53::/48", full: { protocol: "full6_0" }, drained: { protocol: "drained6_0" } },
    ],
    sessions: [
      { protocol: "edge4", family: 4, neighbor: "192.0.2.1", asn: 64515, password: true },
      { protocol: "edge6", family: 6, neighbor: "2001:db8::1", asn: 64515, password: true },
    ],
    fleet: { floor: 2, heard: 4, sites: ["ams", "nrt", "sea", "syd"] },
    alarms: [{ about: "session edge6", problem: "the session to 2001:db8::1 is Active", since }],
    ...changes,
  };
}
