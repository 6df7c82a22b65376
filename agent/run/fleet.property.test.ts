import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LastingError } from "../error.ts";
import { FLOOR, SimulatedFleet, SITES, type Site } from "../testing/simulated-fleet.ts";
import type { Behavior } from "../testing/surroundings.ts";

const CIDR = "203.0.113.0/24";

/** What the open alarms of a site are about. */
function alarms({ around }: Site): string[] {
  const open = new Set<string>();
  for (const each of around.events) {
    if (each.event === "alarm") open.add(each.about);
    if (each.event === "cleared") open.delete(each.about);
  }
  return [...open];
}

/** How often a prefix changed its state at a site. */
function transitions({ around }: Site): number {
  return around.events.filter(({ event }) => event === "transition").length;
}

test("all services fail at once: within 2 s the floor announces again, and full service returns by itself (safety 1)", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(10_000);
  expect(fleet.announcing("full")).toBe(5);
  for (const site of fleet.sites) {
    site.does = "fails";
    site.agent.serviceEvent("knot.service");
  }
  const before = fleet.sites.map(transitions);
  await fleet.pass(2000);
  expect(fleet.announcing("drained")).toBe(FLOOR);
  let fewest = Infinity;
  await fleet.pass(600_000, () => (fewest = Math.min(fewest, fleet.announcing())));
  expect(fewest).toBe(FLOOR);
  // One withdrawal each, and two of them came back.
  expect(fleet.sites.map((site, index) => transitions(site) - before[index]!)).toEqual([2, 2, 1, 1, 1]);
  expect(fleet.sites[0]!.around.events.filter(({ event }) => event === "alarm")).toHaveLength(1);
  expect(fleet.sites[0]!.agent.report().prefixes[0]?.cause).toMatch(/^last resort, as fewer than 2 other sites/);
  for (const site of fleet.sites) site.does = "answers";
  await fleet.pass(5000);
  expect(fleet.announcing("full")).toBe(5);
  const after = fleet.sites.map(transitions);
  await fleet.pass(60_000);
  expect(fleet.sites.map(transitions)).toEqual(after);
  fleet.stop();
});

test("a site that is cut off keeps what it announces, as a last resort when its service fails, and says so", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(10_000);
  fleet.bus.cut("ams", true);
  const [ams] = fleet.sites;
  ams!.does = "fails";
  await fleet.pass(10_000);
  expect(ams!.around.announcer.announced()).toEqual([`${CIDR} drained`]);
  expect(ams!.agent.report().prefixes[0]?.cause).toMatch(/^last resort, as no other site is heard; dns: /);
  expect(alarms(ams!)).toEqual([`last resort ${CIDR}`, "silence"]);
  await expect(ams!.agent.hold("an apply")).rejects.toThrow(
    `for ${CIDR} (no other site is heard): bring another site back first, or permit it once, for each prefix: anycast allow-below-floor ${CIDR} --reason TEXT`,
  );
  fleet.bus.cut("ams", false);
  await fleet.pass(3000);
  expect(ams!.around.announcer.announced()).toEqual([]);
  expect(alarms(ams!)).toEqual([]);
  fleet.stop();
});

test("silence announces no failing service at boot; peers that are heard and do not announce do", async () => {
  const fleet = new SimulatedFleet(["ams", "fra"], 1);
  for (const site of fleet.sites) site.does = "fails";
  for (const { name } of fleet.sites) fleet.bus.cut(name, true);
  await fleet.pass(20_000, () => expect(fleet.announcing()).toBe(0));
  for (const { name } of fleet.sites) fleet.bus.cut(name, false);
  await fleet.pass(3000);
  expect(fleet.announcing("drained")).toBe(1);
  fleet.stop();
});

test("a service of which not each check has answered yet is no last resort", async () => {
  const fleet = new SimulatedFleet(["ams", "fra"], 1);
  for (const site of fleet.sites) site.does = "fails";
  fleet.shared = "hangs";
  await fleet.pass(400, () => expect(fleet.announcing()).toBe(0));
  await fleet.pass(3000);
  expect(fleet.announcing("drained")).toBe(1);
  fleet.stop();
});

test("in silence nobody drains without a permit, which one drain uses up; a site that is drained stays so", async () => {
  const fleet = new SimulatedFleet(["ams", "fra"], 1);
  await fleet.pass(5000);
  const [{ agent, around }] = fleet.sites as [Site];
  const by = { reason: "new line", by: "ann" };
  fleet.bus.cut("ams", true);
  await expect(agent.drain(by, undefined)).rejects.toThrow(
    `as no other site is heard: wait until one is, or permit it once, for each prefix: anycast allow-below-floor ${CIDR} --reason TEXT`,
  );
  agent.allowBelowFloor(CIDR, by);
  const drained = agent.drain(by, undefined);
  await fleet.pass(1000);
  await drained;
  await fleet.pass(20_000, () => expect(around.announcer.announced()).toEqual([`${CIDR} drained`]));
  agent.undrain(by);
  await expect(agent.drain(by, undefined)).rejects.toThrow("no other site is heard");
  fleet.stop();
});

test("for 10 s after the agent's start a refusal in silence is worth waiting for", async () => {
  const fleet = new SimulatedFleet(["ams", "fra"], 1);
  fleet.bus.cut("ams", true);
  await fleet.pass(5000);
  const refusal = async (): Promise<unknown> => fleet.sites[0]!.agent.hold("an apply").catch((error: unknown) => error);
  expect(await refusal()).not.toBeInstanceOf(LastingError);
  await fleet.pass(6000);
  expect(await refusal()).toBeInstanceOf(LastingError);
  fleet.stop();
});

test("a hold is refused where it would leave fewer sites than the floor (safety 1, 10)", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(10_000);
  const [ams, fra, ...rest] = fleet.sites;
  for (const site of rest) site.does = "fails";
  await fleet.pass(5000);
  await expect(ams!.agent.hold("an apply")).rejects.toThrow(
    "withdrawing here would leave fewer than 2 sites (the floor) for 203.0.113.0/24 (1 other sites announce it)",
  );
  expect(ams!.around.announcer.announced()).toHaveLength(1);
  const release = await ams!.agent.hold("the site goes", "withdrawn", { force: true });
  expect(ams!.around.announcer.announced()).toEqual([]);
  release();
  for (const site of rest) site.does = "answers";
  await fleet.pass(5000);
  const held = fra!.agent.hold("an apply");
  await fleet.pass(1000);
  await held;
  expect(fra!.around.announcer.announced()).toEqual([]);
  fleet.stop();
});

type Event =
  | { kind: "pass"; time: number }
  | { kind: "set"; site: number; to: Behavior }
  | { kind: "setAll"; to: Behavior }
  | { kind: "share"; to: Behavior }
  | { kind: "ends"; site: number }
  | { kind: "drain"; site: number }
  | { kind: "undrain"; site: number }
  | { kind: "stops"; site: number };

const behavior = fc.constantFrom<Behavior[]>("answers", "fails", "hangs");
const site = fc.integer({ min: 0, max: SITES.length - 1 });
const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: kind("pass"), time: fc.integer({ min: 1, max: 4000 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: kind("set"), site, to: behavior }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("setAll"), to: behavior }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("share"), to: behavior }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("ends"), site }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("drain"), site }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("undrain"), site }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("stops"), site }) },
);

test("no order of events leaves fewer sites than the floor for 2 s, or lets them chase each other (safety 1, 2)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      const fleet = new SimulatedFleet();
      await fleet.pass(3000);
      let below = 0;
      const look = (): void => {
        below = fleet.announcing() < FLOOR ? below + 100 : 0;
        expect(below).toBeLessThan(2000);
      };
      const by = { reason: "test", by: null };
      for (const each of events) {
        switch (each.kind) {
          case "pass":
            await fleet.pass(each.time, look);
            break;
          case "set":
            fleet.sites[each.site]!.does = each.to;
            break;
          case "setAll":
            for (const one of fleet.sites) one.does = each.to;
            break;
          case "share":
            fleet.shared = each.to;
            break;
          case "ends":
            fleet.sites[each.site]!.agent.serviceEvent("knot.service");
            break;
          case "drain":
            fleet.sites[each.site]!.agent.drain(by, undefined).catch(() => {});
            break;
          case "undrain":
            fleet.sites[each.site]!.agent.undrain(by);
            break;
          case "stops":
            fleet.sites[each.site]!.agent.stopping("knot.service");
            break;
        }
      }
      // Whatever it is like now: it comes to rest.
      await fleet.pass(100_000, look);
      const rest = fleet.sites.map(transitions);
      await fleet.pass(20_000, look);
      expect(fleet.sites.map(transitions)).toEqual(rest);
      // And full service returns by itself, where the flap budget allows it.
      fleet.shared = "answers";
      for (const one of fleet.sites) {
        one.does = "answers";
        one.agent.undrain(by);
        one.agent.reset(by);
      }
      await fleet.pass(5000, look);
      expect(fleet.announcing("full")).toBe(5);
      fleet.stop();
    }),
    { numRuns: 25 },
  );
}, 60_000);

const recovery = fc
  .record({ size: fc.constantFrom(5, 9), floor: fc.integer({ min: 1, max: 3 }) })
  .chain(({ size, floor }) =>
    fc.record({
      size: fc.constant(size),
      floor: fc.constant(floor),
      order: fc.shuffledSubarray(
        Array.from({ length: size }, (_, index) => index),
        { minLength: size },
      ),
      gaps: fc.array(fc.integer({ min: 0, max: 1500 }), { minLength: size, maxLength: size }),
      delay: fc.integer({ min: 1, max: 100 }),
    }),
  );

test("as sites recover, no more dead ones announce than are needed, never fewer than the floor do, and none comes back", async () => {
  await fc.assert(
    fc.asyncProperty(recovery, async ({ size, floor, order, gaps, delay }) => {
      const names = Array.from({ length: size }, (_, index) => `site-${index}`);
      const fleet = new SimulatedFleet(names, floor, delay);
      await fleet.pass(3000);
      for (const one of fleet.sites) one.does = "fails";
      await fleet.pass(5000);
      expect(fleet.announcing("drained")).toBe(floor);
      const before = fleet.sites.map(transitions);
      const look = (): void => expect(fleet.announcing()).toBeGreaterThanOrEqual(floor);
      for (const [turn, index] of order.entries()) {
        fleet.sites[index]!.does = "answers";
        await fleet.pass(gaps[turn]!, look, 10);
        // Long enough for all to come to rest, at times.
        if (gaps[turn]! % 2 === 0) continue;
        await fleet.pass(4000, look, 10);
        const healthy = turn + 1;
        expect([fleet.announcing("full"), fleet.dead()]).toEqual([healthy, Math.max(0, floor - healthy)]);
      }
      await fleet.pass(4000, look, 10);
      expect([fleet.announcing("full"), fleet.dead()]).toEqual([size, 0]);
      // A dead one withdraws once at most, and each one comes back once.
      for (const [index, one] of fleet.sites.entries())
        expect(transitions(one) - before[index]!).toBeLessThanOrEqual(2);
      fleet.stop();
    }),
    { numRuns: 15 },
  );
}, 60_000);

test("a healthy site that takes over from dead ones sends away the last in the order that all share", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(3000);
  for (const one of fleet.sites) one.does = "fails";
  await fleet.pass(5000);
  const announcing = (): string[] =>
    fleet.sites.filter(({ around }) => around.announcer.announced().length > 0).map(({ name }) => name);
  expect(announcing()).toEqual(["ams", "fra"]);
  fleet.sites[3]!.does = "answers";
  await fleet.pass(3000);
  expect(announcing()).toEqual(["ams", "nrt"]);
  expect(fleet.sites[1]!.agent.report().prefixes[0]?.wanted).toBe("withdrawn");
  fleet.sites[3]!.does = "fails";
  await fleet.pass(3000);
  expect(announcing()).toHaveLength(FLOOR);
  fleet.stop();
});

test("a fault that all share drains and never withdraws (safety 2)", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(3000);
  fleet.shared = "fails";
  let fewest = Infinity;
  await fleet.pass(60_000, () => (fewest = Math.min(fewest, fleet.announcing())));
  expect(fewest).toBe(5);
  expect(fleet.announcing("drained")).toBe(5);
  fleet.shared = "hangs";
  await fleet.pass(10_000, () => (fewest = Math.min(fewest, fleet.announcing())));
  expect(fewest).toBe(5);
  fleet.stop();
});
