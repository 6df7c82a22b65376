import { contains, type Prefix } from "./ip.ts";

/** A validated ROA payload (RFC 6811): an AS may originate a prefix and what is inside it, down to a length. */
export interface Vrp {
  readonly prefix: Prefix;
  readonly maxLength: number;
  readonly asn: number;
}

/** The verdict on an announcement, with the payloads that it rests on. */
export interface RoaVerdict {
  /** As in RFC 6811. */
  readonly state: "valid" | "invalid" | "not-found";
  /** All payloads that cover the prefix, whatever their origin. */
  readonly covering: readonly Vrp[];
  /** Those that make it valid although they also allow longer prefixes, which anyone could then announce with our AS number in front (RFC 9319). */
  readonly loose: readonly Vrp[];
}

/** Judges the announcement of a prefix by an AS as other networks do (RFC 6811, section 2). */
export function validateOrigin(vrps: readonly Vrp[], prefix: Prefix, asn: number): RoaVerdict {
  const covering = vrps.filter((vrp) => covers(vrp.prefix, prefix));
  // AS0 matches no announcement (RFC 6811, RFC 6483).
  const matching = covering.filter((vrp) => vrp.asn === asn && vrp.asn !== 0 && prefix.length <= vrp.maxLength);
  const state = matching.length > 0 ? "valid" : covering.length > 0 ? "invalid" : "not-found";
  return { state, covering, loose: matching.filter((vrp) => vrp.maxLength > prefix.length) };
}

/** Whether all of a prefix lies inside another one, or is that one. */
export function covers(outer: Prefix, inner: Prefix): boolean {
  const network = inner.cidr.split("/")[0] ?? "";
  return outer.family === inner.family && outer.length <= inner.length && contains(outer.cidr, network);
}
