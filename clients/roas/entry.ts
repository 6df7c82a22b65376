import { z } from "zod";
import { parsePrefix, type Prefix } from "../../model/ip.ts";
import { covers, type Vrp } from "../../model/roa.ts";

/** One of `roas` as rpki-client (`asn: 64500`), Routinator and Cloudflare's rpki.json (`asn: "AS64500"`) write it. */
const entrySchema = z.object({
  asn: z.union([z.int(), z.string().regex(/^(AS)?\d{1,10}$/i)]),
  prefix: z.string(),
  maxLength: z.int(),
  /** Seconds since 1970. */
  expires: z.number().optional(),
});

/** A payload, and until when it counts. */
export interface DatedVrp extends Vrp {
  /** Milliseconds since 1970; undefined where it does not say. */
  readonly expires: number | undefined;
}

/** Reads one entry of the list; `undefined` when it covers none of the prefixes, which is so for all but a handful of the world's. */
export function readEntry(
  text: string,
  prefixes: readonly Prefix[],
): DatedVrp | { readonly error: string } | undefined {
  const entry = entrySchema.safeParse(json(text));
  if (!entry.success) {
    const [issue] = entry.error.issues;
    return {
      error:
        issue === undefined || issue.path.length === 0 ? "it is no JSON" : `${issue.path.join(".")}: ${issue.message}`,
    };
  }
  const { asn, prefix, maxLength, expires } = entry.data;
  const candidates = prefixes.filter((announced) => mayCover(prefix, announced));
  if (candidates.length === 0) return undefined;
  const parsed = parsePrefix(prefix);
  if ("error" in parsed) return { error: `${JSON.stringify(prefix).slice(0, 60)} is no prefix` };
  if (!candidates.some((announced) => covers(parsed, announced))) return undefined;
  return {
    prefix: parsed,
    maxLength,
    asn: typeof asn === "number" ? asn : Number(asn.replace(/^AS/i, "")),
    expires: expires === undefined ? undefined : expires * 1000,
  };
}

/** What `JSON.parse` says of a text quotes it, and it may be anything. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Sorts out what covers a prefix certainly not, by its length and first number: to parse half a million prefixes takes seconds. */
function mayCover(text: string, announced: Prefix): boolean {
  const family = text.includes(":") ? 6 : 4;
  const length = Number(text.slice(text.indexOf("/") + 1));
  if (family !== announced.family || length > announced.length) return false;
  const [base, bits] = family === 4 ? [10, 8] : [16, 16];
  const first = Number.parseInt(text, base);
  return length < bits || Number.isNaN(first) || first === Number.parseInt(announced.cidr, base);
}
