import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AgentEvent } from "../events.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { isFresh, leaveHandover, takeHandover, type Handover } from "./handover.ts";
import { NOTHING_SAVED, type SavedState } from "./saved-state.ts";
import { StateFile } from "./state-file.ts";

let folder: string;
let path: string;
let clock: FakeClock;
let events: AgentEvent[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anycast-state-"));
  path = join(folder, "agent", "state.json");
  clock = new FakeClock();
  events = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): StateFile => new StateFile(clock, (event) => events.push(event), path);

const state: SavedState = {
  format: 1,
  drain: { reason: "new line", by: "ann", since: "2026-01-01T00:00:00.000Z", until: null },
  withdrawal: {
    reason: "cooling",
    by: null,
    since: "2026-01-01T00:00:00.000Z",
    until: "2026-01-01T02:00:00.000Z",
    left: 60_000,
  },
  freeze: { reason: "night", by: null, since: "2026-01-01T00:00:00.000Z", routes: { "203.0.113.0/24": "full" } },
  prefixes: {
    "203.0.113.0/24": {
      announced: true,
      withdrawals: ["2026-01-01T00:00:00.000Z"],
      level: 1,
      until: "2026-01-01T00:15:00.000Z",
    },
  },
};

test("what was saved is there for the next agent, for nobody else to read", async () => {
  const file = open();
  file.save(NOTHING_SAVED);
  file.save(state);
  await file.settled();
  expect(open().saved).toEqual(state);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(state);
  expect(existsSync(`${path}.new`)).toBe(false);
  expect(events).toEqual([]);
});

test.each([
  ["nonsense", "nonsense"],
  ["half of it", JSON.stringify(state).slice(0, 100)],
  ["another format", JSON.stringify({ ...state, format: 2 })],
  ["a drain that nobody understands", JSON.stringify({ ...state, drain: { reason: 1 } })],
  [
    "routes that are none",
    JSON.stringify({ ...state, freeze: { ...state.freeze, routes: { "203.0.113.0/24": "up" } } }),
  ],
  ["times that are none", JSON.stringify({ ...state, freeze: { ...state.freeze, since: "soon" } })],
])("a file with %s drains the site, is kept aside, and is an alarm", (_, text) => {
  mkdirSync(join(folder, "agent"));
  writeFileSync(path, text);
  const drain = { by: "anycast-agent", until: null, reason: expect.stringContaining("could not read") as string };
  expect(open().saved).toMatchObject({ drain, freeze: null, prefixes: {} });
  expect(readFileSync(`${path}.bad`, "utf8")).toBe(text);
  expect(events).toEqual([
    { event: "alarm", about: "state", problem: expect.stringContaining(`is kept as ${path}.bad`) as string },
  ]);
});

test("a freeze that an older agent kept has no routes", () => {
  mkdirSync(join(folder, "agent"));
  const { routes, ...freeze } = state.freeze!;
  expect(routes).toBeDefined();
  writeFileSync(path, JSON.stringify({ ...state, freeze }));
  expect(open().saved.freeze).toEqual({ ...freeze, routes: null });
  expect(events).toEqual([]);
});

test("while it cannot be written that is one alarm, and it is written when it can be", async () => {
  writeFileSync(join(folder, "agent"), "in the way");
  const file = open();
  file.save(NOTHING_SAVED);
  await file.settled();
  file.save(state);
  await file.settled();
  file.flush();
  expect(events.filter(({ event }) => event === "alarm")).toHaveLength(1);
  rmSync(join(folder, "agent"));
  await clock.advance(10_000);
  await file.settled();
  expect(events.at(-1)).toEqual({ event: "cleared", about: "state" });
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(state);
});

test("what is still waiting is written before the end, and no write under way undoes it", async () => {
  mkdirSync(join(folder, "agent"));
  const file = open();
  file.save(NOTHING_SAVED);
  file.save(state);
  file.flush();
  await file.settled();
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(state);
});

const file = (): string => join(folder, "handover.json");

describe("a handover", () => {
  const handover: Handover = {
    at: 1_000_000,
    checks: [],
    prefixes: { "203.0.113.0/24": { state: "full", lastResort: false } },
  };

  test("is taken once", () => {
    leaveHandover(handover, file());
    expect(takeHandover(file())).toEqual(handover);
    expect(takeHandover(file())).toBeUndefined();
  });

  test("that is half there is none", () => {
    writeFileSync(file(), '{"at": 1');
    expect(takeHandover(file())).toBeUndefined();
    expect(existsSync(file())).toBe(false);
  });

  test("that cannot be left harms nobody", () => {
    expect(() => leaveHandover(handover, join(folder, "missing", "handover.json"))).not.toThrow();
  });

  test("is fresh for as long as its markers live, and not before it was left", () => {
    expect([999_999, 1_000_000, 1_010_000, 1_010_001].map((now) => isFresh(handover, now))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
