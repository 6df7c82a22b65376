import { beforeEach, describe, expect, test } from "vitest";
import type { AgentEvent } from "../events.ts";
import { siteConfig } from "../testing/config.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { RecordingAnnouncer } from "../testing/recorder.ts";
import { SimulatedFleet } from "../testing/simulated-fleet.ts";
import { behaving, MemoryStore, surroundings } from "../testing/surroundings.ts";
import { SiteAgent } from "./site-agent.ts";

const CIDR = "203.0.113.0/24";
const FULL = [`${CIDR} full`, "2001:db8:53::/48 full"];
const HOUR = 3_600_000;
const ann = { reason: "cooling", by: "ann" };

/** The wall clock as a host without a battery finds it. */
class WrongClock extends FakeClock {
  offset = 0;

  override wall(): number {
    return super.wall() + this.offset;
  }
}

let clock: WrongClock;
let announcer: RecordingAnnouncer;
let store: MemoryStore;
let told: string[];

beforeEach(() => {
  clock = new WrongClock();
  announcer = new RecordingAnnouncer(clock);
  store = new MemoryStore();
  told = [];
});

function tell(event: AgentEvent): void {
  if (event.event === "alarm" || event.event === "cleared") told.push(`${event.event} ${event.about}`);
}

function start(): SiteAgent {
  return new SiteAgent(
    siteConfig(),
    surroundings(clock, () => behaving("service", () => "answers"), { announcer, store, tell }),
  );
}

/** The host goes off for a while, and comes back with its clock wrong by so much. */
async function reboot(agent: SiteAgent, off: number, wrongBy: number): Promise<SiteAgent> {
  const { saved } = store;
  agent.stop();
  store.saved = saved;
  clock.freeze(off);
  clock.offset += wrongBy;
  const next = start();
  await clock.advance(5000);
  return next;
}

async function asked(order: Promise<void>): Promise<void> {
  await clock.advance(3000);
  return order;
}

describe("a withdrawal by hand", () => {
  test("takes everything away at once, outlasts an apply, and ends with 'announce'", async () => {
    const agent = start();
    await clock.advance(3000);
    await asked(agent.withdraw(ann, undefined));
    expect(announcer.announced()).toEqual([]);
    expect(agent.report()).toMatchObject({ held: null, withdrawal: { reason: "cooling", by: "ann", until: null } });
    expect(agent.report().prefixes[0]).toMatchObject({
      cause: "withdrawn by hand since 2026-01-01 00:00:03Z by ann: cooling",
      next: "announces again after 'anycast-agent announce'",
    });
    const release = await agent.hold("an apply", "drained");
    expect(agent.report().held).toBe("an apply");
    release();
    await clock.advance(5000);
    expect(announcer.announced()).toEqual([]);
    agent.announce({ reason: "cold again", by: "ann" });
    expect(announcer.announced()).toEqual(FULL);
    expect(agent.report().withdrawal).toBeNull();
  });

  test.each([0, 10 * 365 * 24 * HOUR, -20 * 365 * 24 * HOUR])(
    "survives reboots with a clock that is wrong by %i ms, and ends when its time has passed",
    async (wrongBy) => {
      let agent = start();
      await clock.advance(3000);
      await asked(agent.withdraw(ann, HOUR / 6));
      agent = await reboot(agent, HOUR, wrongBy);
      agent = await reboot(agent, HOUR, wrongBy);
      expect(announcer.announced()).toEqual([]);
      await clock.advance(HOUR / 6 - 30_000);
      expect(announcer.announced()).toEqual([]);
      await clock.advance(60_000);
      expect(announcer.announced()).toEqual(FULL);
      expect(agent.report().withdrawal).toBeNull();
    },
  );

  test("is somebody's: another one's is refused, the same one lasts as is said now", async () => {
    const agent = start();
    await clock.advance(3000);
    await asked(agent.withdraw(ann, undefined));
    await expect(agent.withdraw({ reason: "disk", by: "bob" }, undefined)).rejects.toThrow(
      "it is withdrawn by hand already, since 2026-01-01 00:00:03Z: cooling (ann). Give the same reason to change how long; 'announce' ends it",
    );
    await asked(agent.withdraw(ann, 1000));
    expect(announcer.announced()).toEqual(FULL);
  });

  test("without an end is an alarm after a day, as a drain is, and one with an end is none", async () => {
    const since = new Date(clock.wall() - 24 * HOUR + 60_000).toISOString();
    const order = { ...ann, since, until: null };
    store.saved = { ...store.saved, drain: order, withdrawal: order };
    let agent = start();
    await clock.advance(50_000);
    expect(told).toEqual([]);
    await clock.advance(11_000);
    expect(told).toEqual(["alarm drain", "alarm withdrawal"]);
    agent.announce(ann);
    agent.undrain(ann);
    expect(told).toEqual(["alarm drain", "alarm withdrawal", "cleared withdrawal", "cleared drain"]);
    agent.stop();
    store.saved = { ...store.saved, drain: { ...order, until: new Date(clock.wall() + HOUR).toISOString() } };
    agent = start();
    await clock.advance(61_000);
    expect(agent.report().drain).not.toBeNull();
    expect(told).toHaveLength(4);
  });
});

test.each([0, 10 * 365 * 24 * HOUR])(
  "a drain is not ended by a clock that is wrong by %i ms at boot",
  async (wrongBy) => {
    let agent = start();
    await clock.advance(3000);
    await asked(agent.drain(ann, HOUR / 6));
    agent = await reboot(agent, 60_000, wrongBy);
    expect(agent.report().drain).toMatchObject({ reason: "cooling" });
    await clock.advance(HOUR / 6 + 60_000);
    expect(agent.report().drain).toBeNull();
  },
);

async function answer(fleet: SimulatedFleet, order: Promise<void>): Promise<string> {
  const answered = order.then(
    () => "done",
    (error: unknown) => (error as Error).message,
  );
  await fleet.clock.advance(3000);
  return answered;
}

describe("among other sites a withdrawal by hand", () => {
  test("keeps the floor, and goes below it by the permit that the refusal names", async () => {
    const fleet = new SimulatedFleet(["ams", "fra", "lhr"], 2);
    const [ams, fra] = fleet.sites.map(({ agent }) => agent);
    await fleet.clock.advance(15_000);
    const both = Promise.all([
      answer(fleet, ams!.withdraw(ann, undefined)),
      answer(fleet, fra!.withdraw(ann, undefined)),
    ]);
    expect((await both).toSorted()).toEqual(["done", expect.stringContaining("fewer than 2 sites (the floor)")]);
    await fleet.pass(60_000, () => expect(fleet.announcing("full")).toBe(2));
    const [left] = fleet.sites.filter(({ agent }) => agent.report().withdrawal === null);
    const refusal = await answer(fleet, left!.agent.withdraw(ann, undefined));
    expect(refusal).toContain(`anycast allow-below-floor ${CIDR} --reason TEXT`);
    left!.agent.allowBelowFloor(CIDR, ann);
    expect(await answer(fleet, left!.agent.withdraw(ann, undefined))).toBe("done");
    expect(fleet.announcing()).toBe(1);
    fleet.stop();
  });

  test("is refused while an apply of the site has what it needs, if nobody would stay", async () => {
    const fleet = new SimulatedFleet(["ams", "fra", "lhr"], 2);
    const [ams, fra] = fleet.sites.map(({ agent }) => agent);
    await fleet.clock.advance(15_000);
    const held = ams!.hold("an apply");
    await fleet.clock.advance(3000);
    const release = await held;
    expect(await answer(fleet, fra!.withdraw(ann, undefined))).toContain("fewer than 2 sites");
    expect(await answer(fleet, ams!.withdraw(ann, undefined))).toBe("done");
    release();
    await fleet.clock.advance(3000);
    expect(fleet.announcing()).toBe(2);
    fleet.stop();
  });

  test("works without heartbeats by the permit, as on the host's console", async () => {
    const fleet = new SimulatedFleet(["ams", "fra", "lhr"], 2);
    await fleet.clock.advance(15_000);
    for (const { name } of fleet.sites) fleet.bus.cut(name, true);
    await fleet.clock.advance(15_000);
    const { agent } = fleet.sites[0]!;
    expect(await answer(fleet, agent.withdraw(ann, undefined))).toContain(`anycast allow-below-floor ${CIDR}`);
    expect(fleet.announcing()).toBe(3);
    agent.allowBelowFloor(CIDR, ann);
    expect(await answer(fleet, agent.withdraw(ann, undefined))).toBe("done");
    expect(fleet.announcing()).toBe(2);
    fleet.stop();
  });
});
