import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { AgentEvent } from "../events.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { History } from "./history.ts";
import { historyText } from "./text.ts";

let folder: string;
let path: string;
let clock: FakeClock;
let alarms: AgentEvent[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anycast-history-"));
  path = join(folder, "state/history.jsonl");
  clock = new FakeClock();
  alarms = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): History => new History(path, clock, (event) => alarms.push(event));
const lines = (): string[] => readFileSync(path, "utf8").trimEnd().split("\n");

function transition(number: number): AgentEvent {
  const change = { from: "full", to: "withdrawn", cause: `cause ${number}`, lasted: 1500.4 } as const;
  return { event: "transition", prefix: "203.0.113.0/24", ...change };
}

test("transitions with their causes outlive the agent", async () => {
  const history = open();
  history.tell(transition(1));
  history.tell({ event: "cleared", about: "bird" });
  history.tell(transition(2));
  await history.settled();
  const again = open();
  expect(again.list().map(({ cause, lasted }) => [cause, lasted])).toEqual([
    ["cause 1", 1500],
    ["cause 2", 1500],
  ]);
  expect(again.list()).toEqual(history.list());
});

test("200 are kept in memory, and never more than 400 lines in the file", async () => {
  const history = open();
  let longest = 0;
  for (let number = 1; number <= 1000; number++) {
    history.tell(transition(number));
    await history.settled();
    longest = Math.max(longest, lines().length);
  }
  expect(longest).toBe(400);
  for (const list of [history.list(), open().list()]) {
    expect(list).toHaveLength(200);
    expect(list[0]!.cause).toBe("cause 801");
    expect(list.at(-1)!.cause).toBe("cause 1000");
  }
});

test("half a line, as a power cut leaves it, costs only itself", async () => {
  const history = open();
  history.tell(transition(1));
  await history.settled();
  appendFileSync(path, '{"at":"2026-01-0');
  const again = open();
  again.tell(transition(2));
  await again.settled();
  expect(
    open()
      .list()
      .map(({ cause }) => cause),
  ).toEqual(["cause 1", "cause 2"]);
});

test("while the file cannot be written it goes on in memory, and everything is there afterwards", async () => {
  const history = open();
  writeFileSync(join(folder, "state"), "in the way of the folder");
  for (let number = 1; number <= 3; number++) {
    history.tell(transition(number));
    await history.settled();
  }
  expect(alarms).toEqual([{ event: "alarm", about: "history", problem: expect.stringContaining("cannot be written") }]);
  expect(history.list()).toHaveLength(3);
  await clock.advance(10_000);
  await history.settled();
  expect(alarms).toHaveLength(1);
  rmSync(join(folder, "state"));
  mkdirSync(join(folder, "state"));
  await clock.advance(10_000);
  await history.settled();
  expect(alarms.at(-1)).toEqual({ event: "cleared", about: "history" });
  expect(lines()).toHaveLength(3);
});

test("people read what changed, why, and how long it was", () => {
  const at = "2026-01-02T03:04:05.678Z";
  const prefix = "203.0.113.0/24";
  const text = historyText([
    { at, prefix, from: "unknown", to: "full", cause: "dns healthy", lasted: 900 },
    { at, prefix: "2001:db8:53::/48", from: "full", to: "withdrawn", cause: "dns: refused", lasted: 93_784_000 },
  ]);
  expect(text).toBe(`2026-01-02 03:04:05Z  203.0.113.0/24    unknown -> full    after 900 ms   dns healthy
2026-01-02 03:04:05Z  2001:db8:53::/48  full -> withdrawn  after 1 d 2 h  dns: refused`);
  expect(historyText([])).toBe("no transition yet");
});
