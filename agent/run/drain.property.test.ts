import * as fc from "fast-check";
import { expect, test } from "vitest";
import { simulatedApply } from "../testing/simulated-apply.ts";
import { announces, FLOOR, SimulatedFleet, SITES, type Site } from "../testing/simulated-fleet.ts";

const BY = { reason: "test", by: null };

/** Whether each of these was allowed, once all have an answer. */
async function answers(fleet: SimulatedFleet, ...asked: readonly Promise<unknown>[]): Promise<boolean[]> {
  const ended = Promise.allSettled(asked);
  await fleet.pass(3000);
  return (await ended).map(({ status }) => status === "fulfilled");
}

test("of drains in parallel one is allowed at least, and however often they are asked for, one site stays in full", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(5000);
  for (let full = SITES.length; full > 1;) {
    await answers(fleet, ...fleet.sites.map(({ agent }) => agent.drain(BY, undefined)));
    expect(fleet.announcing("full")).toBeLessThan(full);
    full = fleet.announcing("full");
    expect(full).toBeGreaterThanOrEqual(1);
    expect(fleet.announcing()).toBe(SITES.length);
  }
  fleet.stop();
});

/** Drains a site as an apply does that sets `state: drained`. */
function drains({ agent }: Site): Promise<unknown> {
  return agent.hold("an apply", "drained", { drains: true });
}

test("the last site in full is not drained, and says why; two drains of the two last ones are not both allowed", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(5000);
  const [ams, fra, ...rest] = fleet.sites;
  for (const { agent } of rest) expect(await answers(fleet, agent.drain(BY, undefined))).toEqual([true]);
  expect(await answers(fleet, ams!.agent.drain(BY, undefined), fra!.agent.drain(BY, undefined))).toEqual([true, false]);
  expect(fleet.announcing("full")).toBe(1);
  await expect(fra!.agent.drain(BY, undefined)).rejects.toThrow(
    "draining here would leave no site that announces 203.0.113.0/24 in full: bring another site back first",
  );
  fleet.stop();
});

test("an apply that drains for good asks as a person does: the last site in full refuses, a permit lets it, and the floor is not asked for", async () => {
  const fleet = new SimulatedFleet(["ams", "fra", "lhr"]);
  await fleet.pass(5000);
  const [ams, fra, lhr] = fleet.sites as [Site, Site, Site];
  lhr.does = "refuses";
  await fleet.pass(3000);
  expect(await answers(fleet, drains(ams))).toEqual([true]);
  expect(announces(ams, "drained")).toBe(true);
  await expect(drains(fra)).rejects.toThrow("draining here would leave no site that announces 203.0.113.0/24 in full");
  fra.agent.allowBelowFloor("203.0.113.0/24", BY);
  expect(await answers(fleet, drains(fra))).toEqual([true]);
  fleet.stop();
});

test("of applies that drain for good, and drains by hand at the same time, one site stays in full", async () => {
  const fleet = new SimulatedFleet(["ams", "fra", "lhr"]);
  await fleet.pass(5000);
  const [ams, fra, lhr] = fleet.sites as [Site, Site, Site];
  // Who is refused as others ask, asks again.
  for (let round = 0; round < 3; round++) {
    const asked = [ams, fra].map(drains);
    await answers(fleet, ...asked, lhr.agent.drain(BY, undefined));
    expect(fleet.announcing("full")).toBeGreaterThanOrEqual(1);
  }
  expect(fleet.announcing("full")).toBe(1);
  fleet.stop();
});

test("what drains for good may be withdrawn by the same apply only as far as the floor lets it; the others count on it", async () => {
  const fleet = new SimulatedFleet(["ams", "fra", "lhr"]);
  await fleet.pass(5000);
  const [ams, fra, lhr] = fleet.sites as [Site, Site, Site];
  expect(await answers(fleet, drains(ams))).toEqual([true]);
  expect(await answers(fleet, lhr.agent.hold("another apply"))).toEqual([true]);
  expect(await answers(fleet, ams.agent.hold("an apply"))).toEqual([false]);
  expect([announces(ams, "drained"), announces(fra, "full")]).toEqual([true, true]);
  fleet.stop();
});

test("of holds in parallel one is granted at least, and however often they are asked for, the floor stays", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(5000);
  for (let announcing = SITES.length; announcing > FLOOR;) {
    const free = fleet.sites.filter(({ agent }) => agent.report().held === null);
    await answers(fleet, ...free.map(({ agent }) => agent.hold("an apply")));
    expect(fleet.announcing()).toBeLessThan(announcing);
    announcing = fleet.announcing();
    expect(announcing).toBeGreaterThanOrEqual(FLOOR);
  }
  fleet.stop();
});

test("of holds that all can be had, all are granted at once", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(5000);
  const some = fleet.sites.slice(0, SITES.length - FLOOR);
  expect(await answers(fleet, ...some.map(({ agent }) => agent.hold("an apply")))).toEqual([true, true, true]);
  fleet.stop();
});

test("what drained and may no longer be withdrawn, as another site died meanwhile, is refused", async () => {
  const fleet = new SimulatedFleet(["ams", "fra", "lhr"]);
  await fleet.pass(5000);
  const [ams, fra] = fleet.sites;
  const drained = ams!.agent.hold("an apply", "drained");
  await fleet.pass(1000);
  await drained;
  fra!.does = "refuses";
  await fleet.pass(3000);
  await expect(ams!.agent.hold("an apply", "withdrawn")).rejects.toThrow("fewer than 2 sites");
  expect(ams!.around.announcer.announced()).toEqual(["203.0.113.0/24 drained"]);
  fleet.stop();
});

test("two operators at one site: the second is told whose drain it is, the same one may change its end", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(5000);
  const { agent } = fleet.sites[0]!;
  const ann = { reason: "new line", by: "ann" };
  const bob = { reason: "new disks", by: "bob" };
  expect(await answers(fleet, agent.drain(ann, undefined), agent.drain(bob, undefined))).toEqual([true, false]);
  await expect(agent.drain(bob, 1000)).rejects.toThrow(/^it is drained by hand already, since .*: new line \(ann\)\./);
  await agent.drain(ann, 60_000);
  expect(agent.report().drain).toMatchObject({ ...ann, until: expect.any(String) as string });
  fleet.stop();
});

type Event =
  | { kind: "pass"; time: number }
  | { kind: "drain" | "undrain" | "fail" | "mend"; site: number }
  | { kind: "apply"; site: number; time: number };

const site = fc.integer({ min: 0, max: SITES.length - 1 });
const time = fc.integer({ min: 1, max: 3000 });
const one = <K extends string>(kind: K): fc.Arbitrary<{ kind: K; site: number }> =>
  fc.record({ kind: fc.constant(kind), site });
/** Mostly at about the same time, which is when it matters who asked first. */
const pause = fc.oneof({ weight: 3, arbitrary: fc.constant(20) }, { weight: 1, arbitrary: time });
const calm: fc.Arbitrary<Event>[] = [
  fc.record({ kind: fc.constant("pass"), time: pause }),
  one("drain"),
  one("drain"),
  one("drain"),
  one("undrain"),
  fc.record({ kind: fc.constant("apply"), site, time }),
];

function happen(fleet: SimulatedFleet, event: Exclude<Event, { kind: "pass" }>, count: () => void): void {
  const target = fleet.sites[event.site]!;
  switch (event.kind) {
    case "drain":
      return void target.agent.drain(BY, undefined).catch(() => {});
    case "undrain":
      return target.agent.undrain(BY);
    case "fail":
      target.does = "fails";
      return;
    case "mend":
      target.does = "answers";
      return;
    case "apply":
      return void simulatedApply(target, fleet.clock, event.time).then((isDone) => isDone && count());
  }
}

test("no order of drains and applies takes a prefix below the floor, or away from the last site in full", async () => {
  let applied = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...calm), { maxLength: 40 }), async (events) => {
      const fleet = new SimulatedFleet(SITES, FLOOR, 150);
      await fleet.pass(5000);
      const isHeld = (): boolean => fleet.sites.some(({ agent }) => agent.report().held !== null);
      const look = (): void => {
        expect(fleet.announcing()).toBeGreaterThanOrEqual(FLOOR);
        // An apply passes, and the others announce at least as the last choice meanwhile.
        expect(isHeld() ? 1 : fleet.announcing("full")).toBeGreaterThanOrEqual(1);
      };
      for (const event of events) {
        if (event.kind === "pass") await fleet.pass(event.time, look, 20);
        else happen(fleet, event, () => applied++);
      }
      await fleet.pass(15_000, look, 20);
      expect(isHeld()).toBe(false);
      fleet.stop();
    }),
    { numRuns: 40 },
  );
  expect(applied).toBeGreaterThan(10);
}, 60_000);

test("with failures among them, nothing is withdrawn for an apply while fewer others announce than the floor", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(...calm, one("fail"), one("mend")), { maxLength: 40 }), async (events) => {
      const fleet = new SimulatedFleet();
      await fleet.pass(5000);
      const told = fleet.sites.map(() => 0);
      let died: number[] = [];
      let below = 0;
      const look = (): void => {
        const now = fleet.clock.now();
        const withdrawals = fleet.sites.flatMap(({ around: { events: all } }, index) =>
          all
            .slice(told[index], (told[index] = all.length))
            .flatMap((each) => (each.event === "transition" && each.to === "withdrawn" ? [each.cause] : [])),
        );
        const forApplies = withdrawals.filter((cause) => cause.startsWith("held:")).length;
        // Who died a moment ago is not known of elsewhere yet.
        died = [...died.filter((at) => now - at < 100), ...withdrawals.slice(forApplies).map(() => now)];
        expect(forApplies === 0 ? FLOOR : fleet.announcing() + died.length).toBeGreaterThanOrEqual(FLOOR);
        below = fleet.announcing() < FLOOR ? below + 20 : 0;
        expect(below).toBeLessThan(2000);
      };
      for (const event of events) {
        if (event.kind === "pass") await fleet.pass(event.time, look, 20);
        else happen(fleet, event, () => {});
      }
      await fleet.pass(15_000, look, 20);
      fleet.stop();
    }),
    { numRuns: 40 },
  );
}, 60_000);
