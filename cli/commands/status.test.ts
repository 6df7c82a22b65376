import { expect, test } from "vitest";
import type { Inventory } from "../../model/inventory.ts";
import type { SiteStatus } from "../../model/site-status.ts";
import type { FoundSite } from "../fleet.ts";
import { refuseWithoutOthers } from "./drain.ts";
import { intentOf, troublesOf } from "./status.ts";

const V4 = "203.0.113.0/24";
const since = "2026-01-02T03:04:05.678Z";
const inventory = { prefixes: [V4], floor: 2 } as unknown as Inventory;

function status(actual: "full" | "drained" | "withdrawn", changes: Partial<SiteStatus> = {}): SiteStatus {
  const prefix = {
    cidr: V4,
    wanted: actual,
    actual,
    announced: actual,
    session: true,
    since,
    cause: "dns healthy",
  };
  const intent = { applied: null, held: null, state: "active", drain: null, withdrawal: null, freeze: null } as const;
  return { site: "", version: "", ...intent, prefixes: [prefix], sessions: [], alarms: [], ...changes };
}

function found(states: Readonly<Record<string, "full" | "drained">>): FoundSite[] {
  return Object.entries(states).map(([name, state]) => ({
    site: { name } as FoundSite["site"],
    status: status(state),
  }));
}

test("a prefix that no site announces in full is trouble, though enough announce it", () => {
  expect(troublesOf(inventory, found({ ams: "full", fra: "drained" }))).toEqual([]);
  expect(troublesOf(inventory, found({ ams: "drained", fra: "drained" }))).toEqual([
    `${V4} is announced in full by no site`,
  ]);
  expect(troublesOf(inventory, found({ ams: "drained" }))).toEqual([
    `${V4} is announced by 1 sites, below its floor of 2`,
  ]);
});

test("a site whose neighbors do not have a prefix does not count, also one with an agent of the release before", () => {
  const so = found({ ams: "full", fra: "full", nyc: "full" });
  const [ams, fra] = so.map((each) => (each as { status: SiteStatus }).status);
  const [prefix] = ams!.prefixes;
  const session = { protocol: "edge4", family: 4, neighbor: "192.0.2.1" } as const;
  Object.assign(ams!, { prefixes: [{ ...prefix, announced: "withdrawn", session: false }] });
  const { announced: _announced, session: _session, ...old } = prefix!;
  Object.assign(fra!, { prefixes: [old], sessions: [{ ...session, state: "Active" }] });
  expect(troublesOf(inventory, so)).toEqual([
    `${V4} is announced by 1 sites, below its floor of 2`,
    `ams: ${V4} is full, no session: dns healthy`,
    `fra: ${V4} is full, no session: dns healthy`,
    "fra: the session with 192.0.2.1 is Active",
  ]);
  Object.assign(fra!, { sessions: [{ ...session, state: "Established" }] });
  expect(troublesOf(inventory, so)).toEqual([`ams: ${V4} is full, no session: dns healthy`]);
});

test("a site is not drained without another one in full", () => {
  refuseWithoutOthers(inventory, "ams", found({ ams: "full", fra: "full" }));
  expect(() => refuseWithoutOthers(inventory, "ams", found({ ams: "full", fra: "drained" }))).toThrow(
    `ams is not drained: no other site announces ${V4} in full`,
  );
});

test("what holds and drains a site is told apart: an apply, people, the configuration", () => {
  const drain = { reason: "new line", by: "ann@ops", since, until: null };
  const later = Date.parse(since) + 125 * 60_000;
  expect(intentOf(status("full"))).toEqual([]);
  const withdrawal = { reason: "cooling", by: null, since, until: null };
  expect(intentOf(status("withdrawn", { withdrawal }), later)).toEqual(["withdrawn by hand for 2 h 5 min: cooling"]);
  expect(
    intentOf(
      status("drained", { held: "apply: Knot restarts", state: "drained", drain, freeze: { reason: "x", since } }),
      later,
    ),
  ).toEqual([
    "held: apply: Knot restarts",
    "drained by hand for 2 h 5 min: new line (ann@ops)",
    "drained by configuration",
    "frozen: x",
  ]);
  expect(intentOf(status("drained", { drain: { ...drain, by: null, until: since } }), later)).toEqual([
    "drained by hand for 2 h 5 min: new line, until 2026-01-02 03:04:05Z",
  ]);
});
