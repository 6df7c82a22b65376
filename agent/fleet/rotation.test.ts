import { createSecretKey, type KeyObject } from "node:crypto";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { keyBefore, type PeerKeys } from "../../model/key-change.ts";
import { KEY, seeded, SimulatedNetwork } from "../testing/simulated-network.ts";
import { siteId } from "./entry.ts";
import type { OwnState } from "./fleet.ts";
import { KeyRing } from "./key-ring.ts";
import type { Keys } from "./message.ts";
import { admittedWords } from "./word.ts";

const NAMES = ["a", "b", "c", "d"];
const UP: OwnState = { announces: true, drained: false, claim: "none", badness: 0 };
const KEYS = [KEY, ...[1, 2, 3].map((octet) => Buffer.alloc(32, octet).toString("base64"))];

/** Milliseconds until a site that restarted is heard, and hears the others. */
const STARTED = 1500;

/** Milliseconds from one look at all sites to the next. */
const LOOK = 50;

/** Milliseconds after a moment with losses for which none is lost between the same two sites: what is left is no silence of the paths. */
const MERCY = 400;

/** A network whose keys are changed by runs as `pulumi up` does it: by what the state says that each site was told. */
class Rotation {
  readonly network = new SimulatedNetwork({ names: NAMES });
  /** What each site was told, by the state. */
  readonly state = new Map<string, PeerKeys>(NAMES.map((name) => [name, { key: KEY }]));
  readonly silences: string[] = [];

  constructor(seed: number, old: readonly string[]) {
    const random = seeded(seed);
    const lostAt = new Map<string, number>();
    this.network.old = new Set(old);
    this.network.passes = (from, to) => {
      const { now } = this.network.time;
      const last = lostAt.get(from + to) ?? -Infinity;
      if (random() > 0.4 || (now !== last && now - last < MERCY)) return true;
      lostAt.set(from + to, now);
      return false;
    };
    for (const name of NAMES) {
      this.network.kill(name);
      this.network.start(name);
      this.network.publish(name, UP);
    }
    this.network.time.pass(STARTED);
    this.pass(LOOK);
  }

  /** Lets time pass, and notes who does not hear whom. */
  pass(time: number, restarting?: string): void {
    for (let left = time; left > 0; left -= LOOK) {
      this.network.time.pass(LOOK);
      for (const { name, fleet } of this.network.sites.values()) {
        if (name === restarting) continue;
        const heard = fleet.heardSites();
        for (const other of NAMES)
          if (other !== name && other !== restarting && !heard.includes(other))
            this.silences.push(`${name} does not hear ${other} at ${this.network.time.now} ms`);
      }
    }
  }

  /** The state is lost: the next run makes another key, and knows none of those that the sites have. */
  lose(): void {
    this.state.clear();
  }

  /**
   * Changes the key, or goes on with a change that broke off.
   *
   * @param order of the sites
   * @param done how many are told before it breaks off; of the last one the state learns nothing when it does
   */
  run(key: string, order: readonly string[], done: number, gap: number): void {
    const next = keyBefore(key, [...this.state.values()]);
    const keys: PeerKeys = next === undefined ? { key } : { key, next };
    for (const [index, name] of order.slice(0, done).entries()) {
      // A site is told after its agent was replaced.
      if (this.network.old.has(name)) this.upgrade(name);
      this.network.tell(name, keys);
      if (index < done - 1 || done === order.length) this.state.set(name, keys);
      this.pass(gap);
    }
  }

  private upgrade(name: string): void {
    this.network.old = new Set([...this.network.old].filter((other) => other !== name));
    this.network.kill(name);
    this.network.start(name);
    this.network.publish(name, UP);
    this.pass(STARTED, name);
  }
}

/** How many messages are sent in a second. */
function sent(network: SimulatedNetwork): number {
  network.captured = [];
  network.time.pass(1000);
  return network.captured.length;
}

test("a new key is told site by site, in any order, and no site is unheard by any other; a second run forgets the old key", () => {
  for (const order of [NAMES, NAMES.toReversed(), ["c", "a", "d", "b"]]) {
    const rotation = new Rotation(1, []);
    const before = sent(rotation.network);
    const [, key = ""] = KEYS;
    rotation.run(key, order, NAMES.length, 500);
    expect([...rotation.state.values()]).toEqual(NAMES.map(() => ({ key, next: KEY })));
    // Each was heard by the new key, so that messages are signed by it alone again.
    expect(sent(rotation.network)).toBeLessThan(before * 1.2);
    rotation.run(key, order, NAMES.length, 500);
    expect([...rotation.state.values()]).toEqual(NAMES.map(() => ({ key })));
    expect(keyBefore(key, [...rotation.state.values()])).toBeUndefined();
    expect(rotation.silences).toEqual([]);
  }
});

test("no site is unheard whatever keys runs change to, wherever they break off, among agents of the release before too", () => {
  const run = fc.record({
    key: fc.constantFrom(...KEYS),
    order: fc.shuffledSubarray(NAMES, { minLength: NAMES.length }),
    done: fc.integer({ min: 1, max: NAMES.length }),
    gap: fc.integer({ min: 0, max: 20 }).map((looks) => looks * LOOK),
  });
  fc.assert(
    fc.property(fc.nat(1000), fc.subarray(NAMES), fc.array(run, { minLength: 1, maxLength: 5 }), (seed, old, runs) => {
      const rotation = new Rotation(seed, old);
      for (const { key, order, done, gap } of runs) rotation.run(key, order, done, gap);
      rotation.pass(2000);
      expect(rotation.silences).toEqual([]);
    }),
    // Half a second each.
    { numRuns: 30 },
  );
});

test("no site is unheard when the state is lost, so that the next key is told without the one before", () => {
  for (const done of [1, 2, 3, 4]) {
    const rotation = new Rotation(done, []);
    rotation.lose();
    const [, key = "", another = ""] = KEYS;
    rotation.run(key, NAMES, done, 1000);
    rotation.run(key, NAMES, NAMES.length, 1000);
    rotation.run(another, NAMES, NAMES.length, 1000);
    expect(rotation.silences).toEqual([]);
  }
});

test("a key that was replaced by others is forgotten after half an hour, one that was dropped after seconds", () => {
  const [first, second, third] = KEYS.map((key) => createSecretKey(key, "base64")) as [KeyObject, KeyObject, KeyObject];
  const [one = "", two = "", three = ""] = KEYS;
  const ring = new KeyRing();
  ring.change({ key: one }, 0);
  ring.change({ key: two, next: one }, 0);
  ring.change({ key: two }, 1000);
  expect(ring.accepted(5999)).toEqual([second, first]);
  expect(ring.signing(5999)).toEqual([second]);
  expect(ring.accepted(6000)).toEqual([second]);
  ring.change({ key: three }, 10_000);
  expect(ring.signing(1_809_999)).toEqual([third, second]);
  expect(ring.signing(1_810_000)).toEqual([third]);
  expect(ring.accepted(1_810_000)).toEqual([third]);
});

/** The numbers of messages of the newest format. */
function sequences(messages: readonly Buffer[]): number[] {
  return [...new Set(messages.map((message) => message.readUInt32BE(22)))];
}

test("while one site has the new key already, the kernel of each knows a copy of every message of the other", () => {
  const network = new SimulatedNetwork({ names: ["a", "b"] });
  network.time.pass(STARTED);
  const [, key = ""] = KEYS;
  network.tell("a", { key, next: KEY });
  network.time.pass(STARTED);
  const captured = (network.captured = [] as { to: string; message: Buffer }[]);
  network.time.pass(5000);
  const admitted = (to: string, from: string, keys: Keys): Set<number> =>
    new Set(admittedWords(keys, [siteId(from)], siteId(to), network.time.now).map(({ word }) => word));
  const [old, next] = [KEY, key].map((each) => createSecretKey(each, "base64")) as [KeyObject, KeyObject];
  for (const [to, known] of [
    ["a", admitted("a", "b", [next, old])],
    ["b", admitted("b", "a", [old])],
  ] as const) {
    const messages = captured.filter((each) => each.to === network.addressOf(to)).map(({ message }) => message);
    const admittedOnes = messages.filter((message) => known.has(message.readUInt32BE(2)));
    expect(sequences(messages).length).toBeGreaterThan(10);
    expect(sequences(admittedOnes)).toEqual(sequences(messages));
  }
});
