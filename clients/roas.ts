import { readFile } from "node:fs/promises";
import { z } from "zod";
import { parsePrefix } from "../model/ip.ts";
import type { Vrp } from "../model/roa.ts";

/** The JSON of rpki-client (`asn: 64500`), Routinator and StayRTR's sources (`asn: "AS64500"`). */
const roasSchema = z.object({
  roas: z.array(z.object({ asn: z.union([z.number(), z.string()]), prefix: z.string(), maxLength: z.int() })),
});

/** Milliseconds for a download of all the world's ROAs, some 80 MB. */
const TIMEOUT = 120_000;

/** The validated ROA payloads of a JSON file or URL, or why there are none. */
export async function readRoas(source: string): Promise<Vrp[] | { failure: string }> {
  const failure = (why: string): { failure: string } => ({
    failure: `The ROAs could not be read from ${source}: ${why}. A source is the JSON of rpki-client or Routinator, a file or a URL.`,
  });
  let text: string;
  try {
    text = /^https?:\/\//.test(source) ? await download(source) : await readFile(source, "utf8");
  } catch (error) {
    const { cause, message } = error as Error;
    return failure(cause instanceof Error ? cause.message : message);
  }
  const parsed = roasSchema.safeParse(jsonOf(text));
  if (!parsed.success) return failure("it has no list `roas` of {asn, prefix, maxLength}");
  return parsed.data.roas.flatMap(({ asn, prefix, maxLength }): Vrp[] => {
    const network = parsePrefix(prefix);
    const number = typeof asn === "number" ? asn : Number(asn.replace(/^AS/i, ""));
    return "error" in network || !Number.isInteger(number) ? [] : [{ prefix: network, maxLength, asn: number }];
  });
}

async function download(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT) });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.text();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
