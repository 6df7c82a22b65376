import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLEAR, SimulatedNetwork, type SimulatedSite, type Weather } from "../testing/simulated-network.ts";
import { LIMIT, siteId as hash } from "./entry.ts";
import type { Badness, Claim, OwnState } from "./fleet.ts";

const PREFIX = "203.0.113.0/24";
const FLOOR = 2;
const UP: OwnState = { announces: true, drained: false, claim: "none", badness: 0 };
const DOWN: OwnState = { ...UP, announces: false, badness: 3 };

const hashes = new Map<string, number>();
const siteId = (name: string): number => hashes.get(name) ?? hashes.set(name, hash(name)).get(name) ?? 0;

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `site-${index}`);

/** Whether a site sees another one at all. */
type Within = (other: string) => boolean;

const upToFloor = (count: number): number => Math.min(count, FLOOR);

/** What sites should know of the others that are there, up to the floor. */
function truthOf(network: SimulatedNetwork) {
  const all = [...network.sites.values()].flatMap(({ name, own }) => {
    const state = own.get(PREFIX);
    return state === undefined ? [] : [{ name, id: siteId(name), ...state }];
  });
  const announcers = all.filter(({ announces }) => announces);
  // With its own, `floor` + 1 of an order say how many come before a site, up to the floor; those of a partition are few anyway.
  const inOrder = all
    .filter(({ announces, badness }) => !announces && badness < 4)
    .toSorted((a, b) => a.badness - b.badness || a.id - b.id);
  return (self: string, within?: Within) => {
    const id = siteId(self);
    const seesIt = ({ name }: { name: string }): boolean => name !== self && (within === undefined || within(name));
    const candidates = within === undefined ? inOrder.slice(0, FLOOR + 1) : inOrder;
    const others = announcers.filter(seesIt);
    const dependable = others.filter(({ badness, claim }) => badness !== 3 && claim === "none");
    const earlier = others.filter((other) => other.badness === 3 && other.claim === "none" && other.id < id);
    const staying = others.filter(({ claim }) => claim === "none");
    return {
      announcing: upToFloor(others.length),
      dependable: upToFloor(dependable.length),
      announcingBefore: upToFloor(dependable.length + earlier.length),
      staying: upToFloor(staying.length),
      full: upToFloor(staying.filter(({ drained, badness }) => !drained && badness !== 3).length),
      before: [0, 1, 2, 3].map((mine) =>
        upToFloor(
          candidates.filter(
            (other) => seesIt(other) && (other.badness < mine || (other.badness === mine && other.id < id)),
          ).length,
        ),
      ),
    };
  };
}

function seen(network: SimulatedNetwork, self: string) {
  const view = network.site(self).fleet.view().prefix(PREFIX);
  return {
    announcing: upToFloor(view.announcing),
    dependable: upToFloor(view.dependable),
    announcingBefore: upToFloor(view.announcingBefore(3)),
    staying: upToFloor(view.staying(false).announcing),
    full: upToFloor(view.staying(false).full),
    before: ([0, 1, 2, 3] as const).map((own) => upToFloor(view.before(own))),
  };
}

/** The sites that do not see the truth. */
function mistaken(network: SimulatedNetwork, within?: (self: string) => Within): string[] {
  const truth = truthOf(network);
  return [...network.sites.keys()].filter(
    (name) => JSON.stringify(seen(network, name)) !== JSON.stringify(truth(name, within?.(name))),
  );
}

/** Milliseconds until all see the truth. */
function convergence(network: SimulatedNetwork, most: number): number {
  for (let passed = 0; passed <= most; passed += 50) {
    if (mistaken(network).length === 0) return passed;
    network.time.pass(50);
  }
  throw new Error(`after ${most} ms ${mistaken(network).length} sites still see something else`);
}

function started(count: number, weather: Weather = CLEAR, seed = 1): SimulatedNetwork {
  const network = new SimulatedNetwork({ names: names(count), floor: FLOOR, weather, seed });
  for (const name of names(count)) network.publish(name, UP);
  network.time.pass(3000);
  return network;
}

const announcing = (site: SimulatedSite): number => site.fleet.view().prefix(PREFIX).announcing;

describe("a few sites", () => {
  test("are not called back before they are there", () => {
    const network = new SimulatedNetwork({ names: names(3) });
    expect([...network.sites.values()].map(({ changes }) => changes)).toEqual([0, 0, 0]);
    expect(network.site("site-0").fleet.heardSites()).toEqual([]);
    network.time.pass(1500);
    expect(network.site("site-0").changes).toBeGreaterThan(0);
    expect(network.site("site-0").fleet.heardSites()).toEqual(["site-1", "site-2"]);
  });

  test("hear each other, and see who announces and who would be next", () => {
    const network = started(5);
    expect(network.site("site-0").fleet.view().heard).toBe(4);
    expect(network.site("site-0").fleet.view().prefix(PREFIX)).toMatchObject({ announcing: 4, dependable: 4 });
    network.publish("site-1", DOWN);
    network.publish("site-2", { ...DOWN, badness: 1 });
    network.publish("site-3", { ...UP, badness: 3 });
    network.time.pass(200);
    const view = network.site("site-0").fleet.view().prefix(PREFIX);
    expect(view).toMatchObject({ announcing: 2, dependable: 1 });
    expect([view.before(0), view.before(2), view.before(4)]).toEqual([0, 1, 2]);
    expect([view.announcingBefore(0), view.announcingBefore(3)]).toEqual([
      1,
      siteId("site-3") < siteId("site-0") ? 2 : 1,
    ]);
    expect(network.site("site-0").fleet.view().prefix("198.51.100.0/24").announcing).toBe(0);
  });

  test("are told of a withdrawal as soon as the way there takes", () => {
    const network = started(9);
    network.publish("site-0", DOWN);
    network.time.pass(50 + CLEAR.delay[1] + 1);
    for (let index = 1; index < 9; index++)
      expect(network.site(`site-${index}`).fleet.view().prefix(PREFIX).announcing).toBe(7);
  });

  test("call back when what they see changes, and not for a beat without news", () => {
    const network = started(4);
    const site = network.site("site-0");
    site.changes = 0;
    network.time.pass(5000);
    expect(site.changes).toBe(0);
    network.publish("site-1", DOWN);
    network.publish("site-2", DOWN);
    network.time.pass(200);
    expect(site.changes).toBeGreaterThan(0);
  });

  test("go on with a site that is a peer no more, until it falls silent: it may ask to go", () => {
    const network = started(4);
    network.drop("site-0");
    network.time.pass(10_000);
    const view = () => network.site("site-0").fleet.view();
    expect(view().heard).toBe(3);
    expect(view().prefix(PREFIX).announcing).toBe(3);
    network.publish("site-1", DOWN);
    network.time.pass(200);
    expect(view().prefix(PREFIX).announcing).toBe(2);
    expect(network.site("site-1").fleet.heardSites()).toContain("site-0");
    network.kill("site-0");
    network.time.pass(3000);
    const { octets, fleet } = network.site("site-1");
    expect(fleet.heardSites()).toEqual(["site-2", "site-3"]);
    const { messages } = octets;
    network.time.pass(10_000);
    // Two peers, and no third.
    expect(octets.messages - messages).toBeLessThan(2 * 10 * 5);
  });

  test("part from a site that is a peer no more after half an hour", () => {
    const network = started(2);
    network.drop("site-0");
    network.time.pass(29 * 60_000);
    expect(network.site("site-1").fleet.heardSites()).toEqual(["site-0"]);
    network.time.pass(2 * 60_000);
    expect(network.site("site-1").fleet.heardSites()).toEqual([]);
    expect(network.site("site-0").fleet.heardSites()).toEqual([]);
  });

  describe("of which one got another host", () => {
    const NEW = "192.0.2.200";

    test("answer the host before, which knows how many stay, and learn from the new one alone", () => {
      const network = started(3);
      const old = network.site("site-0");
      const next = network.replace("site-0", NEW);
      network.time.pass(1000);
      expect([old, next].map(({ fleet }) => fleet.view().heard)).toEqual([2, 2]);
      expect(announcing(old)).toBe(2);
      expect(announcing(network.site("site-1"))).toBe(1);
      next.fleet.publish(new Map([[PREFIX, UP]]));
      network.publish("site-0", DOWN);
      network.publish("site-2", DOWN);
      network.time.pass(1000);
      expect([old, next, network.site("site-1")].map(announcing)).toEqual([1, 1, 1]);
      const { messages } = old.octets;
      old.fleet.close();
      network.time.pass(5000);
      expect(old.octets.messages - messages).toBeLessThan(5);
      expect(announcing(network.site("site-1"))).toBe(1);
    });

    test("do so too when their own agents started since", () => {
      const network = started(3);
      const old = network.site("site-0");
      const next = network.replace("site-0", NEW);
      next.fleet.publish(new Map([[PREFIX, UP]]));
      for (const name of ["site-1", "site-2"]) {
        network.kill(name);
        network.start(name);
        network.publish(name, UP);
      }
      network.time.pass(1500);
      expect(old.fleet.view()).toMatchObject({ heard: 0, expected: true });
      network.time.pass(5000);
      expect(old.fleet.view().heard).toBe(2);
      network.publish("site-0", DOWN);
      network.time.pass(500);
      expect([old, next, network.site("site-1")].map(announcing)).toEqual([2, 2, 2]);
    });

    test("go on with a host that is the same at another address", () => {
      const network = started(3);
      network.move("site-0", NEW);
      network.time.pass(3000);
      for (const name of ["site-0", "site-1", "site-2"]) {
        expect(network.site(name).fleet.view().heard).toBe(2);
        expect(announcing(network.site(name))).toBe(2);
      }
    });
  });

  test("hear nobody without peers, or without an address to listen on", () => {
    const network = started(3);
    const { fleet } = network.site("site-0");
    fleet.reconfigure({ site: "site-0", floor: 2, heartbeat: undefined, prefixes: [] }, undefined);
    network.time.pass(2000);
    expect(fleet.view().heard).toBe(0);
    expect(network.site("site-1").fleet.view().heard).toBe(1);
  });

  test("go on hearing each other when they are configured anew", () => {
    const network = started(3);
    for (const [name, { fleet }] of network.sites) {
      const marker = { address: "198.19.0.0/31", protocol: "x" };
      const prefixes = [{ cidr: PREFIX, family: 4 as const, services: [], full: marker, drained: marker }];
      const heartbeat = { addresses: [network.addressOf(name)], port: 61453 };
      fleet.reconfigure({ site: name, floor: 3, heartbeat, prefixes }, network.peersOf(name));
      expect(fleet.view()).toMatchObject({ heard: 2 });
      expect(fleet.view().prefix(PREFIX).announcing).toBe(2);
    }
  });
});

test("a site that is gone counts no longer than a second, and what others still tell of it a beat more", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const network = started(9, CLEAR, seed);
    const left = names(9).slice(1, 2);
    for (const name of names(9).slice(2)) network.publish(name, DOWN);
    network.time.pass(500);
    for (const name of left) expect(network.site("site-0").fleet.view().prefix(PREFIX).announcing, name).toBe(1);
    network.kill("site-1");
    network.time.pass(LIMIT - 250 - 100);
    for (const name of network.sites.keys()) expect(network.site(name).fleet.view().heard).toBe(8);
    network.time.pass(250 + 100 + 250 + CLEAR.delay[1] + 1);
    expect(mistaken(network)).toEqual([]);
    expect(network.site("site-0").fleet.view()).toMatchObject({ heard: 7 });
  }
});

const state = fc
  .record({
    announces: fc.boolean(),
    drained: fc.boolean(),
    claim: fc.constantFrom<Claim[]>("none", "none", "asks", "leaves"),
    badness: fc.constantFrom<Badness[]>(0, 1, 2, 3, 4),
  })
  .map((one) => ({ ...one, drained: one.announces && one.drained }));
const count = fc.oneof(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 10, max: 40 }));
const weather = fc.record({
  loss: fc.double({ min: 0, max: 0.3, noNaN: true }),
  duplication: fc.double({ min: 0, max: 0.3, noNaN: true }),
  delay: fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 20, max: 150 })),
});
type Step =
  | { kind: "publish"; site: number; state: OwnState }
  | { kind: "kill"; site: number }
  | { kind: "restart"; site: number }
  | { kind: "restart all" }
  | { kind: "pass"; time: number }
  | { kind: "partition"; share: number }
  | { kind: "heal" };
const site = fc.nat({ max: 39 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("publish" as const), site, state }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("kill" as const), site }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart" as const), site }) },
  { weight: 1, arbitrary: fc.constant({ kind: "restart all" as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("pass" as const), time: fc.integer({ min: 1, max: 2000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("partition" as const), share: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "heal" as const }) },
);

test("after any order of events, over bad paths, all sites see the truth once the paths are good for 4 s", () => {
  fc.assert(
    fc.property(count, weather, fc.nat(), fc.array(step, { maxLength: 25 }), (size, paths, seed, steps) => {
      const network = new SimulatedNetwork({ names: names(size), floor: FLOOR, weather: paths, seed });
      const restart = (name: string): void => {
        const before = network.sites.get(name)?.own.get(PREFIX);
        if (network.sites.has(name)) network.kill(name);
        network.start(name);
        if (before !== undefined) network.publish(name, before);
      };
      for (const each of steps) {
        const name = "site" in each ? `site-${each.site % size}` : "";
        if (each.kind === "publish" && network.sites.has(name)) network.publish(name, each.state);
        if (each.kind === "kill" && network.sites.size > 1 && network.sites.has(name)) network.kill(name);
        if (each.kind === "restart") restart(name);
        if (each.kind === "restart all")
          for (const other of names(size).filter((one) => network.sites.has(one))) restart(other);
        if (each.kind === "pass") network.time.pass(each.time);
        const isLeft = (other: string): boolean => siteId(other) % 10 < (each.kind === "partition" ? each.share : 10);
        if (each.kind === "partition") network.passes = (from, to) => isLeft(from) === isLeft(to);
        if (each.kind === "heal") network.passes = () => true;
      }
      network.weather = CLEAR;
      network.passes = () => true;
      // Those that nobody restarted must not be what connects the others.
      for (const name of names(size)) if (!network.sites.has(name)) restart(name);
      network.time.pass(4000);
      expect(mistaken(network)).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 120_000);

const isLeft = (name: string): boolean => Number(name.slice(5)) < 4;

test("in a partition each side sees its own, and after it all see all", () => {
  const network = started(12);
  for (const name of names(12)) network.publish(name, isLeft(name) ? DOWN : UP);
  network.time.pass(500);
  expect(mistaken(network)).toEqual([]);
  network.passes = (from, to) => isLeft(from) === isLeft(to);
  network.time.pass(3000);
  expect(mistaken(network, (self) => (other) => isLeft(other) === isLeft(self))).toEqual([]);
  expect(network.site("site-0").fleet.view().prefix(PREFIX).announcing).toBe(0);
  network.passes = () => true;
  network.time.pass(1500);
  expect(mistaken(network)).toEqual([]);
});

test("a site that hears nobody says so, within a second", () => {
  const network = started(5);
  network.passes = (from, to) => from !== "site-0" && to !== "site-0";
  network.time.pass(LIMIT + CLEAR.delay[1] + 100);
  expect(network.site("site-0").fleet.view().heard).toBe(0);
  expect(network.site("site-1").fleet.view().heard).toBe(3);
});

describe("300 sites", { timeout: 120_000 }, () => {
  // One simulation for all: each test goes on where the one before ended.
  const network = new SimulatedNetwork({ names: names(300), floor: FLOOR, weather: { ...CLEAR, loss: 0.02 } });

  /** The most octets a second that a site sends, for half a second. */
  const rate = (): number => {
    for (const { octets } of network.sites.values()) octets.sent = 0;
    network.time.pass(500);
    return Math.max(...[...network.sites.values()].map(({ octets }) => octets.sent * 2));
  };

  test("see the truth, at a cost that does not depend on their number", () => {
    for (const name of names(300)) network.publish(name, UP);
    network.time.pass(1200);
    expect(mistaken(network)).toEqual([]);
    const steady = rate();
    console.log(`300 sites, steady: ${steady} octets/s a site at most`);
    expect(steady).toBeLessThan(16_000);
    expect(mistaken(network)).toEqual([]);
  });

  test("know within a second that all withdrew at once, and who is next", () => {
    for (const { octets } of network.sites.values()) octets.sent = 0;
    for (const name of names(300)) network.publish(name, DOWN);
    const took = convergence(network, 1000);
    const rates = [...network.sites.values()].map(({ octets }) => octets.sent);
    console.log(`300 sites, all withdraw: all know after ${took} ms, ${Math.max(...rates)} octets a site at most`);
    const next = names(300)
      .toSorted((a, b) => siteId(a) - siteId(b))
      .slice(0, FLOOR);
    for (const name of next) network.publish(name, { ...UP, badness: 3 });
    const last = convergence(network, 1000);
    console.log(`300 sites, two announce as a last resort: all know after ${last} ms`);
    expect(mistaken(network)).toEqual([]);
  });

  test("know within 2.5 s that the last two that announced are gone without a word", () => {
    const next = names(300)
      .toSorted((a, b) => siteId(a) - siteId(b))
      .slice(0, FLOOR);
    for (const name of next) network.kill(name);
    const took = convergence(network, 2500);
    console.log(`300 sites, the two that announced die: all know after ${took} ms`);
    expect(took).toBeGreaterThan(LIMIT - 250 - 100);
  });

  test("keep to it while a third of them is gone", () => {
    for (const name of names(300).slice(0, 100)) if (network.sites.has(name)) network.kill(name);
    network.publish("site-200", UP);
    const took = convergence(network, 3500);
    console.log(`300 sites, a third dies and one announces: all know after ${took} ms`);
    const after = rate();
    console.log(`200 sites, one announces: ${after} octets/s a site at most`);
    expect(after).toBeLessThan(32_000);
    expect(mistaken(network)).toEqual([]);
  });
});
