import type { RrsigAnswer } from "dns-packet";
import { sameName, type DnsReply } from "./dns-query.ts";

/** Milliseconds of a day. */
const DAY_MS = 86_400_000;

/**
 * Days until the signature of the asked records expires, the one that lasts longest; undefined when the reply has none, as of a zone that
 * is not signed.
 *
 * @param now milliseconds since 1970
 */
export function daysSigned(
  { answers = [] }: DnsReply,
  { name, type }: { readonly name: string; readonly type: string },
  now: number,
): number | undefined {
  const expirations = answers
    .filter((record): record is RrsigAnswer => record.type === "RRSIG" && sameName(record.name, name))
    .filter(({ data }) => data.typeCovered === type)
    .map(({ data }) => data.expiration * 1000);
  return expirations.length === 0 ? undefined : (Math.max(...expirations) - now) / DAY_MS;
}

/** What is wrong with signatures that are valid for so many days more; undefined when nothing is. */
export function signatureProblem(days: number, least: number): string | undefined {
  if (days < 0) return "the signatures have expired";
  if (days >= least) return undefined;
  return `the signatures are valid for ${Math.floor(days)} more days, fewer than ${least}`;
}
