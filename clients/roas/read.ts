import { createReadStream } from "node:fs";
import { z } from "zod";
import type { Prefix } from "../../model/ip.ts";
import type { RoaList } from "../../model/roa-findings.ts";
import { json, readEntry, type DatedVrp } from "./entry.ts";
import { ObjectSplitter } from "./split.ts";

/** Bounds of one reading, whatever the source does. */
export interface RoaLimits {
  /** Milliseconds from the first request to the last octet. */
  readonly timeoutMs: number;
  /** Octets, unpacked. */
  readonly octets: number;
}

/** The world's payloads, some 600,000, are 50 to 80 MB; Routinator's `jsonext` has several times as much. */
const LIMITS: RoaLimits = { timeoutMs: 120_000, octets: 512 * 1024 * 1024 };

/**
 * Reads the validated ROA payloads that cover some prefixes, from the JSON of rpki-client, Routinator, StayRTR or Cloudflare. Memory does not
 * grow with the source. An entry that has expired is counted and left out, as routers have it no more.
 *
 * @param source a URL, or a file
 * @returns why there are none where it cannot be fetched, is of another form or is empty: an empty list is a validator that has not finished
 */
export async function readRoas(
  source: string,
  prefixes: readonly Prefix[],
  limits: RoaLimits = LIMITS,
): Promise<RoaList | { readonly failure: string }> {
  const signal = AbortSignal.timeout(limits.timeoutMs);
  const vrps: DatedVrp[] = [];
  let made: number | undefined;
  let count = 0;
  const splitter = new ObjectSplitter({
    list: "roas",
    onEntry: (text) => {
      count += 1;
      const entry = readEntry(text, prefixes);
      if (entry === undefined) return;
      if ("error" in entry)
        throw new Error(`entry ${count} of \`roas\` is no {prefix, maxLength, asn}: ${entry.error}`);
      vrps.push(entry);
    },
    member: "metadata",
    onMember: (text) => (made = madeAt(text)),
  });
  try {
    let octets = 0;
    for await (const piece of isUrl(source) ? download(source, signal) : createReadStream(source, { signal })) {
      octets += (piece as Uint8Array).length;
      if (octets > limits.octets) throw new Error(`it has more than ${limits.octets / 1024 / 1024} MiB`);
      splitter.push(Buffer.from(piece as Uint8Array));
    }
    splitter.end();
    if (count === 0) throw new Error("its list `roas` is empty, as of a validator that has not finished");
  } catch (error) {
    const why = signal.aborted ? `it was not read to its end within ${limits.timeoutMs / 1000} s` : reasonOf(error);
    return {
      failure: `the ROAs could not be read from ${source}: ${why}. A source is the JSON of rpki-client, Routinator or StayRTR, a file or a URL`,
    };
  }
  const now = Date.now();
  const isOver = ({ expires }: DatedVrp): boolean => expires !== undefined && expires < now;
  return {
    source,
    count,
    made,
    vrps: vrps.filter((vrp) => !isOver(vrp)),
    expired: vrps.filter(isOver),
  };
}

function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

async function* download(url: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`status ${response.status}`);
  if (response.body !== null) yield* response.body;
}

const metadataSchema = z.object({
  /** Of rpki-client. */
  buildtime: z.string().optional(),
  /** Of Routinator. */
  generatedTime: z.string().optional(),
  /** Of GoRTR, StayRTR and Routinator: seconds since 1970. */
  generated: z.union([z.number(), z.string()]).optional(),
});

/** When the list was made, in milliseconds since 1970; undefined where it does not say so in a known way. */
function madeAt(text: string): number | undefined {
  const { data } = metadataSchema.safeParse(json(text));
  const { buildtime, generatedTime, generated } = data ?? {};
  if (typeof generated === "number") return generated * 1000;
  const date = Date.parse(buildtime ?? generatedTime ?? generated ?? "");
  return Number.isNaN(date) ? undefined : date;
}

/** In the words of whoever failed, without a call's name and its path. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What `fetch` throws has its reason in here.
  const { message } = error.cause instanceof Error && error.cause.message !== "" ? error.cause : error;
  return /^E[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
