import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choosePeers, MOST_PEERS, peersSchema } from "./peers.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `site-${index}`);

/** How many of the sites that are left can hear of the first one of the biggest group. */
function biggestGroup(peers: ReadonlyMap<string, readonly string[]>, left: ReadonlySet<string>): number {
  const unseen = new Set(left);
  let biggest = 0;
  for (const start of left) {
    if (!unseen.delete(start)) continue;
    const group = [start];
    for (const site of group) for (const peer of peers.get(site) ?? []) if (unseen.delete(peer)) group.push(peer);
    biggest = Math.max(biggest, group.length);
  }
  return biggest;
}

describe("the peers", () => {
  it("are all others up to nine sites", () => {
    expect(choosePeers(["b", "a", "c"])).toEqual(
      new Map([
        ["b", ["a", "c"]],
        ["a", ["b", "c"]],
        ["c", ["a", "b"]],
      ]),
    );
    for (const peers of choosePeers(names(9)).values()) expect(peers).toHaveLength(8);
    expect(choosePeers(["a"])).toEqual(new Map([["a", []]]));
  });

  it("are few, go both ways, do not depend on the order of the sites, and hold all sites together", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 120 }), (sites) => {
        const peers = choosePeers(sites);
        expect(choosePeers(sites.toReversed())).toEqual(peers);
        for (const [site, own] of peers) {
          expect(own.length).toBeLessThanOrEqual(MOST_PEERS);
          expect(own).not.toContain(site);
          for (const peer of own) expect(peers.get(peer)).toContain(site);
        }
        expect(biggestGroup(peers, new Set(sites))).toBe(sites.length);
      }),
    );
  });

  it("hold together what is left when a third is gone, but for a site or two that lost all its peers", () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 300 }), fc.infiniteStream(fc.double({ noNaN: true })), (count, random) => {
        const sites = names(count);
        const shuffled = sites
          .map((site) => ({ site, by: Number(random.next().value) }))
          .toSorted((a, b) => a.by - b.by);
        const left = new Set(shuffled.slice(Math.floor(count / 3)).map(({ site }) => site));
        expect(biggestGroup(choosePeers(sites), left)).toBeGreaterThanOrEqual(left.size - 2);
      }),
    );
  });

  it.each([12, 50, 300])("of %i sites change at eight sites at most when a site is added, one peer each", (count) => {
    const before = choosePeers(names(count));
    const after = choosePeers([...names(count), "another"]);
    const changed = [...before].filter(([site, peers]) => peers.join() !== after.get(site)?.join());
    expect(changed.length).toBeLessThanOrEqual(MOST_PEERS);
    for (const [site, peers] of changed)
      expect(peers.filter((peer) => !(after.get(site) ?? []).includes(peer)).length).toBeLessThanOrEqual(2);
  });

  it("are at most five steps from any other of 300", () => {
    const peers = choosePeers(names(300));
    for (const start of peers.keys()) {
      let reached = new Set([start]);
      for (let step = 0; step < 5; step++)
        reached = new Set([...reached].flatMap((site) => [site, ...(peers.get(site) ?? [])]));
      expect(reached.size).toBe(300);
    }
  });
});

describe("peers.json", () => {
  const key = Buffer.alloc(32, 1).toString("base64");
  const peer = { site: "fra", addresses: ["192.0.2.1", "2001:db8::1"], port: 61453 };

  it("is taken as it is written", () => {
    const peers = { format: 1, key, next: key, peers: [peer] };
    expect(peersSchema.parse(peers)).toEqual(peers);
  });

  it.each([
    { format: 1, key: "c2hvcnQ=", peers: [] },
    { format: 1, key, peers: [{ ...peer, addresses: [] }] },
    { format: 1, key, peers: [{ ...peer, addresses: ["fra.example.net"] }] },
    { format: 1, key, peers: Array.from({ length: 9 }, () => peer) },
    { format: 2, key, peers: [] },
  ])("is refused when it is no list of at most eight peers with a key of 32 octets", (peers) => {
    expect(peersSchema.safeParse(peers).success).toBe(false);
  });
});
