import { createHash } from "node:crypto";
import type { Marker } from "../model/agent-config.ts";
import { canonicalAddress, type Family, type Prefix } from "../model/ip.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { prefixesOf } from "./order.ts";

/** A marker as both sides see it: the agent keeps `address` alive, BIRD routes by `nextHop`, the other address of the same /31 or /127. */
export interface MarkerRoute extends Marker {
  readonly nextHop: string;
}

/** A prefix with the markers of its two states. */
export interface MarkedPrefix {
  readonly prefix: Prefix;
  readonly full: MarkerRoute;
  readonly drained: MarkerRoute;
}

/** Each prefix has four addresses: a /31 (or /127) for each state. 198.19.0.0/16 has room for 16384 prefixes. */
const PLACES = 16384;
const ADDRESSES_PER_PREFIX = 4;

/**
 * The prefixes of a family with their markers: IPv4 in 198.19.0.0/16 (RFC 2544), IPv6 in the unique local fd61:6e79:6361:7374::/112.
 * A prefix's place there derives from the prefix itself and not from its position in the list: were it the position, removing one
 * prefix would hand its living marker to the next one, which would then be announced on the health of another.
 */
export function markedPrefixes(network: NetworkConfig, family: Family): MarkedPrefix[] {
  const taken = new Set<number>();
  return prefixesOf(network, family).map((prefix, index) => {
    const place = freePlace(prefix, taken);
    taken.add(place);
    const protocol = `announce_v${family}_${index + 1}`;
    return {
      prefix,
      full: marker(family, place * ADDRESSES_PER_PREFIX, `${protocol}_full`),
      drained: marker(family, place * ADDRESSES_PER_PREFIX + 2, `${protocol}_drained`),
    };
  });
}

function freePlace(prefix: Prefix, taken: ReadonlySet<number>): number {
  let place = createHash("sha256").update(prefix.cidr).digest().readUInt16BE(0) % PLACES;
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
