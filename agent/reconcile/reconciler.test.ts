import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PrefixState } from "../../model/agent-config.ts";
import { birdAt } from "../bird/look.ts";
import { systemClock, type Clock } from "../clock.ts";
import type { AgentEvent } from "../events.ts";
import { siteConfig } from "../testing/config.ts";
import { FakeBird } from "../testing/fake-bird.ts";
import { BirdConf } from "./bird-conf.ts";
import { Reconciler } from "./reconciler.ts";

const SPEED = 20;

/** Real time, twenty times as fast: sockets do not follow a clock that a test moves. */
const fast: Clock = {
  ...systemClock,
  now: () => systemClock.now() * SPEED,
  setTimer: (milliseconds, callback) => systemClock.setTimer(milliseconds / SPEED, callback),
};

/** What BIRD 2.0.12 said of a host that announces both prefixes. */
const ALL_FULL: Record<string, string> = {
  restrict: "0016 Access restricted\n",
  "show protocols": `2002-Name       Proto      Table      State  Since         Info
1002-device1    Device     ---        up     17:50:54.337  
 full4_0    Static     announce4  up     17:50:54.337  
 drained4_0 Static     announce4  up     17:50:54.337  
 full6_0    Static     announce6  up     2026-11-20  
 drained6_0 Static     announce6  up     2026-11-20 17:50:54  
 edge4      BGP        ---        up     17:50:55.337  Established   
 edge6      BGP        ---        start  17:50:55.337  Active        Socket: Connection refused
0000 
`,
  "show route table announce4 where source = RTS_STATIC": `1007-Table announce4:
 203.0.113.0/24       unicast [full4_0 17:50:55.337] * (200)
 	via 198.19.0.1 on any0
                      unicast [drained4_0 17:50:55.342] (100)
 	via 198.19.0.3 on any0
0000 
`,
  "show route table announce6 where source = RTS_STATIC": `1007-Table announce6:
 2001:db8:53::/48     unicast [full6_0 17:50:55.337] * (200)
 	via fd00:a::1 on any0
0000 
`,
  "show route export edge4": `1007-Table announce4:
 203.0.113.0/24       unicast [full4_0 17:50:55.337] * (200)
 	via 198.19.0.1 on any0
0000 
`,
  "configure check": "0002-Reading configuration from /etc/bird/bird.conf\n0020 Configuration OK\n",
};

let bird: FakeBird;
let events: AgentEvent[];
let wanted: PrefixState;
let retried: string[];
let reconciler: Reconciler;
beforeEach(async () => {
  bird = await FakeBird.start();
  bird.says = { ...ALL_FULL };
  events = [];
  retried = [];
  wanted = "full";
  const config = siteConfig();
  reconciler = new Reconciler({
    clock: fast,
    bird: birdAt(bird.path),
    meant: () => ({ ...config, states: new Map(config.prefixes.map(({ cidr }) => [cidr, wanted])) }),
    tell: (event) => events.push(event),
    retry: (cidr) => retried.push(cidr),
    birdConf: new BirdConf("/nonexistent/bird.conf"),
  });
});
afterEach(async () => {
  reconciler.close();
  await bird.dispose();
});

const told = (): string[] =>
  events.map((event) => ("about" in event ? `${event.event} ${event.about}` : `unexpected ${event.event}`));

test("a difference that lasts is told once, with its problem, and so is its end", async () => {
  await vi.waitFor(() => expect(told()).toEqual(["alarm session edge6"]));
  expect(events[0]).toMatchObject({
    problem: "the session to 2001:19f0:ffff::1 is Active: Socket: Connection refused",
  });
  bird.says["show protocols"] = ALL_FULL["show protocols"]!.replace(/Active .*/, "Established   ");
  bird.says["show route export edge6"] = ALL_FULL["show route table announce6 where source = RTS_STATIC"]!;
  await vi.waitFor(() => expect(told()).toEqual(["alarm session edge6", "cleared session edge6"]));
  const before = reconciler.rounds.same;
  await vi.waitFor(() => expect(reconciler.rounds.same).toBeGreaterThan(before + 3));
  expect(events).toHaveLength(2);
  expect(reconciler.rounds.failed).toBe(0);
  expect(new Set(bird.asked.slice(0, 1))).toEqual(new Set(["restrict"]));
  expect(bird.connections).toBe(1);
});

test("what BIRD has of each prefix and session can be looked at", async () => {
  await vi.waitFor(() => expect(reconciler.view).toBeDefined());
  expect([...reconciler.view!.routes]).toEqual([
    ["203.0.113.0/24", "full"],
    ["2001:db8:53::/48", "full"],
  ]);
  expect(reconciler.view!.sessions.map(({ state, sent }) => [state, sent && [...sent]])).toEqual([
    ["Established", [["203.0.113.0/24", "full4_0"]]],
    ["Active", null],
  ]);
  expect(reconciler.view!.missing).toEqual([]);
});

test("a prefix that BIRD has otherwise than meant is brought about again, and told", async () => {
  wanted = "withdrawn";
  await vi.waitFor(() =>
    expect(told()).toEqual(expect.arrayContaining(["alarm 203.0.113.0/24 in BIRD", "alarm 2001:db8:53::/48 in BIRD"])),
  );
  expect(retried.slice(0, 2)).toEqual(["203.0.113.0/24", "2001:db8:53::/48"]);
  expect(reconciler.rounds.different).toBeGreaterThan(1);
});

test("what differs for a moment only is not told", async () => {
  bird.says["show protocols"] = ALL_FULL["show protocols"]!.replace(/Active .*/, "Established   ");
  bird.says["show route export edge6"] = ALL_FULL["show route table announce6 where source = RTS_STATIC"]!;
  await vi.waitFor(() => expect(reconciler.rounds.same).toBeGreaterThan(0));
  wanted = "drained";
  await vi.waitFor(() => expect(reconciler.rounds.different).toBeGreaterThan(0));
  wanted = "full";
  const before = reconciler.rounds.same;
  await vi.waitFor(() => expect(reconciler.rounds.same).toBeGreaterThan(before + 3));
  expect(events).toEqual([]);
});

test("BIRD is missed when it is gone, and found again by itself; what was told before stays", async () => {
  await vi.waitFor(() => expect(told()).toEqual(["alarm session edge6"]));
  bird.die();
  await vi.waitFor(() => expect(told()).toEqual(["alarm session edge6", "alarm bird"]));
  expect(events[1]).toMatchObject({ problem: expect.stringContaining("BIRD is not running") });
  expect(reconciler.view).toBeUndefined();
  await bird.listen();
  await vi.waitFor(() => expect(told()).toEqual(["alarm session edge6", "alarm bird", "cleared bird"]));
});

test("a silent BIRD is an alarm and costs one connection at a time", async () => {
  await vi.waitFor(() => expect(told()).toEqual(["alarm session edge6"]));
  bird.silent = true;
  await vi.waitFor(() => expect(told()).toContain("alarm bird"));
  expect(events.at(-1)).toMatchObject({ problem: "BIRD did not answer on its control socket within 2 s" });
  await vi.waitFor(() => expect(reconciler.rounds.failed).toBeGreaterThan(4));
  // A connection under way to a silent BIRD is given up after LineSocket's own patience, in real time.
  bird.silent = false;
  await vi.waitFor(() => expect(told()).toContain("cleared bird"));
  await vi.waitFor(() => expect(bird.connections).toBe(1), 8000);
}, 10_000);

test("a bird.conf that BIRD could not read at its next start is an alarm", async () => {
  bird.says["configure check"] =
    "0002-Reading configuration from /etc/bird/bird.conf\n8002 /etc/bird/bird.conf:9:1 syntax error\n";
  reconciler.close();
  const config = siteConfig();
  reconciler = new Reconciler({
    clock: fast,
    bird: birdAt(bird.path),
    meant: () => ({ ...config, states: new Map() }),
    tell: (event) => events.push(event),
    birdConf: new BirdConf("/nonexistent/bird.conf"),
  });
  await vi.waitFor(() => expect(told()).toContain("alarm bird.conf"));
  bird.says["configure check"] = ALL_FULL["configure check"]!;
  await vi.waitFor(() => expect(told()).toContain("cleared bird.conf"));
  const asked = bird.asked.filter((command) => command === "configure check").length;
  const before = reconciler.rounds.different;
  await vi.waitFor(() => expect(reconciler.rounds.different).toBeGreaterThan(before + 3));
  expect(bird.asked.filter((command) => command === "configure check")).toHaveLength(asked);
});
