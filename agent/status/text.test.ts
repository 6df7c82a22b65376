import { expect, test } from "vitest";
import { report } from "../testing/report.ts";
import { colored } from "./paint.ts";
import type { SiteStatus } from "./status.ts";
import { isWell, statusText } from "./text.ts";
import { duration } from "../../model/duration-text.ts";

const NOW = Date.parse("2026-01-02T05:10:05.678Z");

function status(changes: Partial<SiteStatus> = {}): SiteStatus {
  const base = report({ alarms: [] });
  return {
    ...base,
    prefixes: base.prefixes.map((prefix) => ({ ...prefix, actual: "full" as const })),
    sessions: base.sessions.map((session) => ({ ...session, state: "Established", lastError: null })),
    bird: null,
    ...changes,
  };
}

test("all is well", () => {
  expect(statusText(status(), undefined, NOW))
    .toBe(`site fra, agent 0123456789abcdef, running for 2 h 6 min, last beat 250 ms ago

prefixes
  203.0.113.0/24    full  for 2 h 6 min  dns healthy
  2001:db8:53::/48  full  for 2 h 6 min  dns healthy

services
  dns                                        up
    dns/udp 203.0.113.53:53 example.net SOA  up       for 2 h 6 min  ok in 2 ms, 400 ms ago
    tcp 203.0.113.53:53                      unknown  for 2 h 6 min  not probed yet

sessions
  edge4  192.0.2.1 AS64515    Established
  edge6  2001:db8::1 AS64515  Established

fleet: 4 other sites heard: ams, nrt, sea, syd; floor 2`);
});

test("what is wrong, what somebody wants, and what comes next", () => {
  const since = "2026-01-02T05:09:05.678Z";
  const [first, second] = status().prefixes;
  const text = statusText(
    status({
      held: "apply 1",
      drain: { by: "ann", reason: "new disks", since, until: "2026-01-02T06:00:00.000Z" },
      freeze: { reason: "incident 7", since },
      prefixes: [
        { ...first!, wanted: "withdrawn", cause: "dns: refused", next: "full at 05:20:00", budgetLeft: 0 },
        { ...second!, wanted: "drained", actual: null, announced: null, session: null },
      ],
      fleet: null,
      alarms: [{ about: "session edge6", problem: "the session to 2001:db8::1 is Active", since }],
      bird: "BIRD is not running",
    }),
    undefined,
    NOW,
  );
  expect(
    text
      .split("\n")
      .filter((line) => !/^ +(dns|tcp|edge)/.test(line))
      .join("\n"),
  ).toBe(`site fra, agent 0123456789abcdef, running for 2 h 6 min, last beat 250 ms ago
held: apply 1
frozen since 2026-01-02 05:09:05Z: incident 7; until 'anycast-agent thaw'
drained by hand since 2026-01-02 05:09:05Z by ann: new disks; for 1 min, until 2026-01-02 06:00:00Z

prefixes
  203.0.113.0/24    withdrawn, but full in BIRD    for 2 h 6 min  dns: refused
                                                                  next: full at 05:20:00
                                                                  flap budget: 0 of 2 withdrawals left
  2001:db8:53::/48  drained, BIRD does not answer  for 2 h 6 min  dns healthy

services

sessions

alarms
  session edge6  the session to 2001:db8::1 is Active  for 1 min
  bird           BIRD is not running`);
});

test("what no neighbor has is not told as announced, and is not well", () => {
  const [first, second] = status().prefixes;
  const shown = status({
    prefixes: [
      { ...first!, announced: "withdrawn", session: false },
      { ...second!, announced: "withdrawn" },
    ],
  });
  const text = statusText(shown, undefined, NOW);
  expect(text).toContain("  203.0.113.0/24    full, no session    for");
  expect(text).toContain("  2001:db8:53::/48  full, not exported  for");
  expect([isWell(status()), isWell(shown), isWell(status({ bird: "BIRD is not running" }))]).toEqual([
    true,
    false,
    false,
  ]);
});

test("colors take no room", () => {
  const painted = statusText(status(), colored, NOW);
  expect(painted).toContain("\u001b[32mfull\u001b[0m");
  // eslint-disable-next-line no-control-regex -- the escape character is what a color starts with.
  expect(painted.replaceAll(/\u001b\[\d+m/g, "")).toBe(statusText(status(), undefined, NOW));
});

test("durations in their two largest units", () => {
  const shown = [0, 999.6, 1000, 61_000, 120_000, 3_600_000, 90_061_000].map(duration);
  expect(shown).toEqual(["0 ms", "1000 ms", "1 s", "1 min 1 s", "2 min", "1 h", "1 d 1 h"]);
});
