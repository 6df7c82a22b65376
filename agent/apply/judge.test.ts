import { describe, expect, test } from "vitest";
import { siteConfig } from "../testing/config.ts";
import { report } from "../testing/report.ts";
import { checkKey, judge, type Expectation, type Observation } from "./judge.ts";

const V4 = "203.0.113.0/24";
const V6 = "2001:db8:53::/48";
const established = { state: "Established", lastError: null };
const nothing = { sessions: new Set<string>(), services: new Set<string>(), checks: new Set<string>() };
const expected: Expectation = { config: siteConfig(), digest: "d", excused: nothing, age: 5000, settled: false };

function check(
  verdict: "up" | "down" | "unknown",
  last: Observation["report"]["services"][string]["checks"][number]["last"],
) {
  return { verdict, checks: [{ check: "tcp 203.0.113.53:53", verdict, since: "", last }] };
}

function prefix(cidr: string, wanted: "full" | "drained" | "withdrawn") {
  const so = {
    wanted,
    takesOver: false,
    announced: wanted,
    session: true,
    since: "",
    age: 60_000,
    cause: "why",
    next: null,
    budgetLeft: 2,
  };
  return { cidr, family: 4 as const, ...so };
}

const good: Observation = {
  report: report({
    config: "d",
    services: { dns: check("up", { age: 100, took: 5, cause: null }) },
    prefixes: [prefix(V4, "full"), prefix(V6, "full")],
  }),
  sessions: new Map([
    ["edge4", established],
    ["edge6", established],
  ]),
  exports: new Map([
    ["edge4", [V4]],
    ["edge6", [V6]],
  ]),
  actual: new Map([
    [V4, "full"],
    [V6, "full"],
  ]),
};

function withReport(changes: Partial<Observation["report"]>): Observation {
  return { ...good, report: { ...good.report, ...changes } };
}

test("all is well", () => {
  expect(judge(expected, good)).toEqual({ problems: [], sessionsDown: false, warnings: [] });
});

test("a site that is drained by hand is to be drained, which is told", () => {
  const since = "2026-01-02T03:04:05.678Z";
  const drained: Observation = {
    ...withReport({
      drain: { reason: "new line", by: "ann", since, until: null },
      prefixes: [prefix(V4, "drained"), prefix(V6, "drained")],
    }),
    actual: new Map([
      [V4, "drained"],
      [V6, "drained"],
    ]),
  };
  expect(judge(expected, drained)).toEqual({
    problems: [],
    sessionsDown: false,
    warnings: ["drained by hand since 2026-01-02 03:04:05Z by ann: new line; it stays so until 'anycast undrain'"],
  });
  expect(judge(expected, { ...good, report: { ...good.report, drain: drained.report.drain } }).problems).toEqual([
    `prefix ${V4} is full, not drained: why`,
    `prefix ${V6} is full, not drained: why`,
  ]);
});

test.each<[string, Observation, string]>([
  ["an old configuration", withReport({ config: "old" }), "the agent has not read its new configuration yet"],
  [
    "a failing check",
    withReport({ services: { dns: check("down", { age: 10, took: 5, cause: "REFUSED" }) } }),
    "service dns: tcp 203.0.113.53:53: REFUSED",
  ],
  [
    "a check that was not made since the change",
    withReport({ services: { dns: check("up", { age: 4998, took: 5, cause: null }) } }),
    "service dns: tcp 203.0.113.53:53: not probed yet since the change",
  ],
  [
    "a check that is not up yet",
    withReport({ services: { dns: check("unknown", { age: 10, took: 5, cause: null }) } }),
    "service dns: tcp 203.0.113.53:53: answers, but not often enough yet to count as up",
  ],
  [
    "a silent session with a password",
    { ...good, sessions: new Map([...good.sessions, ["edge4", { state: "Connect", lastError: null }]]) },
    "session edge4 with 169.254.169.254 (AS64515) is not established: Connect, no error: the password may be wrong (with TCP MD5 that looks like silence), or the neighbor does not answer",
  ],
  [
    "a session with an error",
    {
      ...good,
      sessions: new Map([...good.sessions, ["edge4", { state: "Idle", lastError: "BGP Error: Bad peer AS" }]]),
    },
    "session edge4 with 169.254.169.254 (AS64515) is not established: Idle, BGP Error: Bad peer AS",
  ],
  [
    "a prefix that the agent does not want",
    withReport({ prefixes: [prefix(V4, "withdrawn"), prefix(V6, "full")] }),
    `prefix ${V4} is withdrawn, not full: why`,
  ],
  [
    "a prefix that BIRD does not have",
    { ...good, actual: new Map([...good.actual, [V4, "withdrawn"]]) },
    `prefix ${V4} is to be full, but is withdrawn in BIRD`,
  ],
  [
    "a prefix that is not exported",
    { ...good, exports: new Map([...good.exports, ["edge4", []]]) },
    `session edge4 does not export ${V4}: its export filter lets it not through`,
  ],
])("%s is a problem", (_, seen, problem) => {
  const { fatal, problems } = judge(expected, seen);
  expect(fatal).toBeUndefined();
  expect(problems).toEqual([problem]);
});

test("a prefix that is withdrawn for its service's sake is not told beside the service", () => {
  const seen = withReport({
    services: { dns: check("down", { age: 10, took: 5, cause: "REFUSED" }) },
    prefixes: [prefix(V4, "withdrawn"), prefix(V6, "withdrawn")],
  });
  expect(judge(expected, { ...seen, actual: new Map() }).problems).toEqual([
    "service dns: tcp 203.0.113.53:53: REFUSED",
  ]);
});

test.each([
  ["a stray route", [V4, "198.51.100.0/24"]],
  ["a more specific one", [V4, "203.0.113.0/25"]],
  ["one of the other family", [V4, V6]],
])("%s is fatal", (_, sent) => {
  const seen = { ...good, exports: new Map([...good.exports, ["edge4", sent]]) };
  expect(judge(expected, seen).fatal).toBe(
    `session edge4 would leak ${sent[1]}: nothing but the configured prefixes may be exported`,
  );
});

describe("what was down before and is not the change's business", () => {
  test("a session is only warned of, and not waited for", () => {
    const excused = { ...nothing, sessions: new Set(["edge4"]) };
    const seen: Observation = {
      ...good,
      sessions: new Map([...good.sessions, ["edge4", { state: "Active", lastError: null }]]),
      exports: new Map([["edge6", [V6]]]),
    };
    const judgment = judge({ ...expected, excused }, seen);
    expect(judgment).toMatchObject({ problems: [], sessionsDown: false });
    expect(judgment.warnings).toEqual([
      expect.stringContaining("session edge4"),
      `prefix ${V4} is announced to nobody: no IPv4 session is established`,
    ]);
  });

  test("a service is only warned of, and its prefixes may be withdrawn", () => {
    const excused = { ...nothing, services: new Set(["dns"]) };
    const seen: Observation = {
      ...withReport({
        services: { dns: check("down", { age: 10, took: 5, cause: "REFUSED" }) },
        prefixes: [prefix(V4, "withdrawn"), prefix(V6, "withdrawn")],
      }),
      actual: new Map(),
      exports: new Map([
        ["edge4", []],
        ["edge6", []],
      ]),
    };
    const judgment = judge({ ...expected, excused }, seen);
    expect(judgment.problems).toEqual([]);
    expect(judgment.warnings).toEqual([expect.stringContaining("service dns")]);
  });
});

test("what sites share and was down before fails no change that leaves the site drained for it", () => {
  const shared = { check: "zones", verdict: "down", since: "", last: { age: 10, took: 5, cause: "expired" } } as const;
  const services = { dns: { verdict: "degraded" as const, checks: [shared] } };
  const degraded: Observation = {
    ...withReport({ services, prefixes: [prefix(V4, "drained"), prefix(V6, "drained")] }),
    actual: new Map([
      [V4, "drained"],
      [V6, "drained"],
    ]),
  };
  const excused = { ...nothing, checks: new Set([checkKey("dns", "zones")]) };
  expect(judge({ ...expected, excused }, degraded)).toMatchObject({
    problems: [],
    warnings: ["service dns: zones: expired"],
  });
  expect(judge(expected, degraded).problems).toEqual(["service dns: zones: expired"]);
});

test("a drained site is to be drained, and exports its prefixes all the same", () => {
  const drained = { ...expected, config: siteConfig({ state: "drained" }) };
  expect(judge(drained, good).problems).toHaveLength(2);
  const seen: Observation = {
    ...withReport({ prefixes: [prefix(V4, "drained"), prefix(V6, "drained")] }),
    actual: new Map([
      [V4, "drained"],
      [V6, "drained"],
    ]),
  };
  expect(judge(drained, seen).problems).toEqual([]);
});

test("a single failed probe is a problem right after a change, and none once all was well", () => {
  const once = withReport({ services: { dns: check("up", { age: 10, took: 5, cause: "no answer" }) } });
  const twice = withReport({ services: { dns: check("down", { age: 10, took: 5, cause: "no answer" }) } });
  const settled = { ...expected, age: Infinity, settled: true };
  expect(judge(expected, once).problems).toEqual(["service dns: tcp 203.0.113.53:53: no answer"]);
  expect(judge(settled, once).problems).toEqual([]);
  expect(judge(settled, twice).problems).toEqual(["service dns: tcp 203.0.113.53:53: no answer"]);
});
