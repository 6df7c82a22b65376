import { createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { WORD_BITS } from "../../model/paths.ts";
import { KEY, SimulatedNetwork } from "../testing/simulated-network.ts";
import { groupsOf, readBeat, writeBeats } from "./beat.ts";
import { prefixId, siteId, type Statement } from "./entry.ts";
import type { OwnState } from "./fleet.ts";
import { envelopeOf, FORMATS, LONGEST_BODY, open, seal, type Header, type Keys } from "./message.ts";

const PREFIX = "203.0.113.0/24";
const UP: OwnState = { announces: true, drained: false, claim: "none", badness: 0 };
const DOWN: OwnState = { announces: false, drained: false, claim: "none", badness: 3 };

/** Three sites of which all announce, and whose messages are kept. */
function three(): { network: SimulatedNetwork; captured: { to: string; message: Buffer }[] } {
  const network = new SimulatedNetwork({ names: ["a", "b", "c"] });
  const captured: { to: string; message: Buffer }[] = (network.captured = []);
  for (const name of ["a", "b", "c"]) network.publish(name, UP);
  network.time.pass(3000);
  return { network, captured };
}

const announcing = (network: SimulatedNetwork, site: string): number =>
  network.site(site).fleet.view().prefix(PREFIX).announcing;

describe("replays", () => {
  test("of all that was ever said bring nobody back, whoever restarted meanwhile", () => {
    for (const restarts of [[], ["a"], ["b"], ["a", "b", "c"]]) {
      const { network, captured } = three();
      for (const name of restarts) {
        network.kill(name);
        network.start(name);
      }
      for (const name of ["a", "b", "c"]) network.publish(name, DOWN);
      network.time.pass(2000);
      network.kill("c");
      network.time.pass(2000);
      for (const { to, message } of captured.slice()) {
        network.deliver(to, message);
        expect([announcing(network, "a"), announcing(network, "b")]).toEqual([0, 0]);
        expect(network.site("a").fleet.view().heard).toBeLessThanOrEqual(1);
      }
      network.time.pass(500);
      expect(network.site("a").fleet.view().heard).toBe(1);
    }
  });

  test("do not keep sites that hear each other from doing so", () => {
    const { network, captured } = three();
    const old = captured.slice();
    network.kill("a");
    network.start("a");
    network.publish("a", DOWN);
    network.time.pass(1500);
    for (const { to, message } of old) {
      network.deliver(to, message);
      network.time.pass(10);
      expect(network.site("b").fleet.view().heard).toBe(2);
    }
    expect(announcing(network, "b")).toBe(1);
  });

  test("to a process that was asleep count for nothing: what waited too long tells the past", () => {
    const { network, captured } = three();
    const waiting: { to: string; message: Buffer }[] = [];
    network.passes = (from) => from !== "c";
    captured.length = 0;
    network.time.pass(300);
    waiting.push(...captured);
    network.kill("c");
    network.time.pass(2000);
    for (const { to, message } of waiting) network.deliver(to, message);
    expect([announcing(network, "a"), announcing(network, "b")]).toEqual([1, 1]);
    expect(network.site("a").fleet.view().heard).toBe(1);
  });

  test("are answered at most ten times a second, and nothing unsigned is answered at all", () => {
    const { network, captured } = three();
    const old = captured.filter(({ to }) => to === network.addressOf("a"));
    network.kill("b");
    network.kill("c");
    network.time.pass(3000);
    const { octets } = network.site("a");
    octets.messages = 0;
    network.time.pass(1000);
    const alone = octets.messages;
    octets.messages = 0;
    for (let round = 0; round < 100; round++) {
      for (const { to, message } of old.slice(0, 20)) network.deliver(to, message);
      network.time.pass(10);
    }
    expect(octets.messages - alone).toBeLessThanOrEqual(22);
    octets.messages = 0;
    for (let round = 0; round < 100; round++) {
      for (const { to, message } of old.slice(0, 20)) {
        const forged = Buffer.from(message);
        forged.writeUInt8(forged.readUInt8(60) ^ 1, 60);
        network.deliver(to, forged);
      }
      network.time.pass(10);
    }
    expect(octets.messages).toBeLessThanOrEqual(alone + 2);
  });
});

const keys: Keys = [createSecretKey(KEY, "base64")];
const header: Header = {
  kind: "beat",
  from: siteId("b"),
  to: siteId("a"),
  boot: 7,
  sequence: 8,
  nonce: 2 ** 48 - 1,
  echoedNonce: 5,
  clock: 2 ** 32 - 1,
  echoedClock: 3,
  held: 4,
};

const WORD = 0x01020304;

describe.each(FORMATS)("messages of format %s", (format) => {
  const sealed = (body: Buffer, by = keys): Buffer => seal(format, header, body, WORD, by);

  test("come back as they were written", () => {
    const message = sealed(Buffer.from("body"));
    const envelope = { format, from: siteId("b"), boot: 7, sequence: 8 };
    expect(envelopeOf(message, siteId("a"))).toEqual(envelope);
    expect(open(message, format, keys)).toEqual({ header, body: Buffer.from("body") });
    expect(envelopeOf(message, siteId("c"))).toBeUndefined();
  });

  test("with any octet changed, cut off, prolonged, by another key or of nonsense are refused", () => {
    const message = sealed(Buffer.from("body"));
    for (let index = 0; index < message.length; index++) {
      const forged = Buffer.from(message);
      forged.writeUInt8(forged.readUInt8(index) ^ 0x10, index);
      expect(envelopeOf(forged, siteId("a")) === undefined || open(forged, format, keys) === undefined).toBe(true);
    }
    const other: Keys = [createSecretKey(randomBytes(32))];
    expect(open(message, format, other)).toBeUndefined();
    expect(open(message, format, [...other, ...keys])).toBeDefined();
    expect(open(message.subarray(0, -1), format, keys)).toBeUndefined();
    expect(envelopeOf(message.subarray(0, 20), siteId("a"))).toBeUndefined();
    expect(envelopeOf(Buffer.concat([message, Buffer.alloc(1300)]), siteId("a"))).toBeUndefined();
  });

  test("of a forger without the key change nothing", () => {
    const { network, captured } = three();
    const old = captured.at(-1)?.message ?? Buffer.alloc(0);
    for (let round = 0; round < 1000; round++) {
      network.deliver(
        network.addressOf("a"),
        Buffer.concat([old.subarray(0, round % old.length), randomBytes(round % 1200)]),
      );
      network.deliver(network.addressOf("a"), sealed(randomBytes(round), [createSecretKey(randomBytes(32))]));
    }
    expect(announcing(network, "a")).toBe(2);
  });
});

test("a message of the newest format has its word where the firewall looks for it", () => {
  const { offset, length } = WORD_BITS;
  const datagram = Buffer.concat([Buffer.alloc(8), seal(2, header, Buffer.alloc(0), WORD, keys)]);
  expect(datagram.readUIntBE(offset / 8, length / 8)).toBe(WORD);
});

const statement = (site: number): Statement => ({
  site,
  boot: 1,
  stamp: 2,
  age: 3,
  hops: 4,
  announces: site % 2 === 0,
  drained: site % 4 === 0,
  claim: (["none", "asks", "leaves"] as const)[site % 3]!,
  badness: 3,
  withdrew: site % 2 === 1 && site % 3 === 0,
});

describe("the body of a heartbeat", () => {
  test("says the same of many prefixes once, and many things in several messages that each can be understood alone", () => {
    const statements = Array.from({ length: 100 }, (_, index) => statement(index));
    const prefixes = Array.from({ length: 300 }, (_, index) => prefixId(`prefix ${index}`));
    const bodies = writeBeats(groupsOf(prefixes.map((id) => [id, statements] as const)));
    for (const body of bodies) expect(body.length).toBeLessThanOrEqual(LONGEST_BODY);
    const said = new Set(
      bodies.flatMap((body) =>
        readBeat(body).flatMap((group) =>
          group.prefixes.flatMap((prefix) => group.statements.map((told) => `${prefix} ${JSON.stringify(told)}`)),
        ),
      ),
    );
    expect(said).toEqual(
      new Set(prefixes.flatMap((prefix) => statements.map((told) => `${prefix} ${JSON.stringify(told)}`))),
    );
    expect(
      writeBeats(groupsOf(prefixes.slice(0, 100).map((id) => [id, statements.slice(0, 5)] as const))),
    ).toHaveLength(1);
  });

  test("of nonsense is read as far as it goes, without more memory than it has itself", () => {
    for (let round = 0; round < 2000; round++)
      for (const { prefixes, statements } of readBeat(randomBytes(round % 1137)))
        expect(prefixes.length * 4 + statements.length * 17).toBeLessThan(1137);
  });
});
