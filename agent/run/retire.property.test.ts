import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FLOOR, SimulatedFleet, SITES, type Site } from "../testing/simulated-fleet.ts";

const CIDR = "203.0.113.0/24";
const BY = { reason: "the end", by: "ann" };

/** How often a site asks again while it is refused, and for how long, in milliseconds. */
const PAUSE = 500;
const PATIENCE = 20_000;

/** What `retire` does at a site: drained, withdrawn and gone; asks again while it is refused. Returns the last refusal. */
async function retire(fleet: SimulatedFleet, { agent }: Site, drains = 1000): Promise<string> {
  const { clock } = fleet;
  const wait = (time: number): Promise<void> => new Promise((resolve) => void clock.setTimer(time, resolve));
  const deadline = clock.now() + PATIENCE;
  for (;;) {
    let end: (() => void) | undefined;
    try {
      end = await agent.hold("the site is retired", "drained", { goes: true });
      await wait(drains);
      await agent.hold("the site is retired", "withdrawn", { goes: true });
      agent.stop();
      return "gone";
    } catch (error) {
      end?.();
      if (clock.now() + PAUSE > deadline) return String(error);
    }
    await wait(PAUSE);
  }
}

/** Retires sites all at once, and looks all the time. Returns how each ended. */
async function retireAll(fleet: SimulatedFleet, sites: readonly Site[], look = (): void => {}): Promise<string[]> {
  const ended = Promise.all(sites.map((site) => retire(fleet, site)));
  await fleet.pass(PATIENCE + 10_000, look, 20);
  return ended;
}

test("of sites that are retired in parallel, as many go as leave the floor, and the others say what to do", async () => {
  for (const floor of [1, FLOOR, 3]) {
    const fleet = new SimulatedFleet(SITES, floor);
    await fleet.pass(5000);
    const ended = await retireAll(fleet, fleet.sites, () => expect(fleet.announcing()).toBeGreaterThanOrEqual(floor));
    expect(ended.filter((end) => end === "gone")).toHaveLength(SITES.length - floor);
    const [refused] = ended.filter((end) => end !== "gone");
    expect(refused).toContain(`fewer than ${floor} sites (the floor) for ${CIDR}`);
    expect(refused).toContain(`anycast allow-below-floor ${CIDR} --reason TEXT`);
    expect(fleet.announcing()).toBe(floor);
    fleet.stop();
  }
});

test("retired one by one and together, with drains among them: the prefix is never below the floor", async () => {
  const site = fc.integer({ min: 0, max: SITES.length - 1 });
  const time = fc.oneof(fc.constant(0), fc.nat(3000));
  const anyEvent = fc.oneof(
    fc.record({ kind: fc.constantFrom("drain", "undrain", "pass"), sites: fc.tuple(site), time }),
    fc.record({ kind: fc.constant("retire"), sites: fc.uniqueArray(site, { minLength: 1 }), time }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { maxLength: 20 }), async (events) => {
      const fleet = new SimulatedFleet();
      await fleet.pass(5000);
      const look = (): void => expect(fleet.announcing()).toBeGreaterThanOrEqual(FLOOR);
      const going = new Set<number>();
      for (const event of events) {
        if (event.kind === "pass") await fleet.pass(event.time, look, 20);
        for (const index of event.sites) {
          const target = fleet.sites[index]!;
          if (going.has(index)) continue;
          if (event.kind === "drain") target.agent.drain(BY, undefined).catch(() => {});
          if (event.kind === "undrain") target.agent.undrain(BY);
          if (event.kind !== "retire") continue;
          going.add(index);
          void retire(fleet, target, event.time);
        }
      }
      await fleet.pass(PATIENCE + 10_000, look, 20);
      fleet.stop();
    }),
    { numRuns: 25 },
  );
}, 60_000);

test("with a permit for the prefix everywhere, the whole network goes, and each permit is used up", async () => {
  const fleet = new SimulatedFleet();
  await fleet.pass(5000);
  for (const { agent } of fleet.sites) agent.allowBelowFloor(CIDR, BY);
  expect(new Set(await retireAll(fleet, fleet.sites))).toEqual(new Set(["gone"]));
  const used = fleet.sites.filter(({ around }) =>
    around.events.some((each) => each.event === "command" && each.command === "below the floor, as permitted"),
  );
  // Those that went while enough others were left did not need theirs.
  expect(used.length).toBeGreaterThanOrEqual(FLOOR);
  fleet.stop();
});

test("a permit is for one prefix, one hold and 15 minutes", async () => {
  const fleet = new SimulatedFleet(["ams", "fra"]);
  await fleet.pass(5000);
  const { agent } = fleet.sites[0]!;
  const asked = async (): Promise<string> => {
    const hold = agent.hold("an apply").then(
      (end) => (end(), "granted"),
      () => "refused",
    );
    await fleet.pass(3000);
    return hold;
  };
  expect(() => agent.allowBelowFloor("2001:db8::/32", BY)).toThrow(
    `there is no prefix 2001:db8::/32 at this site: there are ${CIDR}`,
  );
  expect(await asked()).toBe("refused");
  agent.allowBelowFloor(CIDR, BY);
  expect(await asked()).toBe("granted");
  expect(await asked()).toBe("refused");
  agent.allowBelowFloor(CIDR, BY);
  await fleet.pass(15 * 60_000, () => {}, 10_000);
  expect(await asked()).toBe("refused");
  fleet.stop();
});

test("a site that hears nobody is not taken away without a permit, and is changed as ever", async () => {
  const fleet = new SimulatedFleet(["ams"], 1);
  await fleet.pass(5000);
  const [ams] = fleet.sites;
  (await ams!.agent.hold("an apply"))();
  await fleet.pass(2000);
  await expect(ams!.agent.hold("the site is retired", "drained", { goes: true })).rejects.toThrow(
    `for ${CIDR} (no other site is heard)`,
  );
  ams!.agent.allowBelowFloor(CIDR, BY);
  expect(await retireAll(fleet, [ams!])).toEqual(["gone"]);
  expect(fleet.announcing()).toBe(0);
});
