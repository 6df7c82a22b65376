import { createHash } from "node:crypto";
import type { HostFacts } from "../model/host.ts";

/**
 * The BGP identifier: the host's IPv4 address, else, on a host with IPv6 alone, the first four bytes of the SHA-256 of its IPv6 address.
 * It need not be an address, only not zero and unique within the AS (RFC 6286).
 *
 * @throws Error when the host has no address at all
 */
export function routerId(host: HostFacts): string {
  if (host.ipv4 !== undefined) return host.ipv4;
  if (host.ipv6 === undefined)
    throw new Error("the host has neither an IPv4 nor an IPv6 address of its own: BGP needs one");
  const [first = 0, ...rest] = createHash("sha256").update(host.ipv6).digest().subarray(0, 4);
  return [(first % 223) + 1, ...rest].join(".");
}
