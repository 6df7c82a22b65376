import { createHash } from "node:crypto";
import { canonicalAddress, type Family } from "./ip.ts";

/** A marker as both sides see it: the agent keeps `address` alive, BIRD's static `protocol` routes by `nextHop`, the other address of the same /31 or /127. */
export interface MarkerRoute {
  /** With its length, as in `198.19.0.0/31`. */
  readonly address: string;
  readonly protocol: string;
  readonly nextHop: string;
}

/** A prefix with the markers of its two states. */
export interface MarkedPrefix {
  readonly cidr: string;
  readonly full: MarkerRoute;
  readonly drained: MarkerRoute;
}

/** Each prefix has four addresses: a /31 (or /127) for each state. 198.19.0.0/16 has room for 16384 prefixes. */
const PLACES = 16384;
const ADDRESSES_PER_PREFIX = 4;

/**
 * Prefixes with their markers, IPv4 first, each family in the order of the text: IPv4 in 198.19.0.0/16 (RFC 2544), IPv6 in the
 * unique local fd61:6e79:6361:7374::/112.
 * A prefix's place there derives from the prefix itself and not from its position in the list: were it the position, removing one
 * prefix would hand its living marker to the next one, which would then be announced on the health of another.
 *
 * @param cidrs valid and canonical
 */
export function markedPrefixes(cidrs: readonly string[]): MarkedPrefix[] {
  return ([4, 6] as const).flatMap((family) => {
    const taken = new Set<number>();
    const ordered = cidrs.filter((cidr) => cidr.includes(":") === (family === 6));
    ordered.sort(byText);
    return ordered.map((cidr, index) => {
      const place = freePlace(cidr, taken);
      taken.add(place);
      const protocol = `announce_v${family}_${index + 1}`;
      return {
        cidr,
        full: marker(family, place * ADDRESSES_PER_PREFIX, `${protocol}_full`),
        drained: marker(family, place * ADDRESSES_PER_PREFIX + 2, `${protocol}_drained`),
      };
    });
  });
}

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

function freePlace(cidr: string, taken: ReadonlySet<number>): number {
  let place = createHash("sha256").update(cidr).digest().readUInt16BE(0) % PLACES;
  while (taken.has(place)) place = (place + 1) % PLACES;
  return place;
}

function marker(family: Family, offset: number, protocol: string): MarkerRoute {
  return {
    address: `${nth(family, offset)}/${family === 4 ? 31 : 127}`,
    nextHop: nth(family, offset + 1),
    protocol,
  };
}

function nth(family: Family, offset: number): string {
  const text = family === 4 ? `198.19.${offset >> 8}.${offset & 255}` : `fd61:6e79:6361:7374::${offset.toString(16)}`;
  return canonicalAddress(text) ?? text;
}
