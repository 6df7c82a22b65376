import type { CloudAccount } from "../store.ts";

/** The ROAs that the customer would have made: one a prefix, exactly as long. */
export function roasOf({ asn, prefixes }: CloudAccount): object[] {
  return prefixes.map((prefix) => ({
    asn: `AS${asn}`,
    prefix,
    maxLength: Number(prefix.split("/")[1]),
    ta: "rehearsal",
  }));
}
