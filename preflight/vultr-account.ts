import type { z } from "zod";
import { vultrBgpSchema, vultrPrefixesSchema, type NoAnswer, type VultrAccountFacts } from "../model/vultr-account.ts";

/** How to reach Vultr's API. */
export interface VultrApi {
  /** As in `https://api.vultr.com`. */
  readonly url: string;
  readonly key: string;
}

/** Milliseconds after which an answer is no longer waited for. */
const TIMEOUT = 15_000;

/** The API as the environment names it: `VULTR_API_KEY`, and `VULTR_API_URL` for another place than Vultr's own; undefined without a key. */
export function vultrApiOf(environment: NodeJS.ProcessEnv): VultrApi | undefined {
  const key = environment["VULTR_API_KEY"] ?? "";
  return key === "" ? undefined : { url: environment["VULTR_API_URL"] ?? "https://api.vultr.com", key };
}

/** Reads what Vultr's API tells of the account; changes nothing. Every failure is a sentence in the result. */
export async function readVultrAccount(api: VultrApi): Promise<VultrAccountFacts> {
  const bgp = await get(api, "/v2/account/bgp", vultrBgpSchema);
  if ("failure" in bgp) return { bgp, prefixes: undefined };
  const prefixes = await get(api, "/v2/account/bgp/prefixes", vultrPrefixesSchema);
  return { bgp, prefixes: "failure" in prefixes ? undefined : prefixes.prefixes };
}

async function get<Schema extends z.ZodType>(
  { url, key }: VultrApi,
  path: string,
  schema: Schema,
): Promise<z.output<Schema> | NoAnswer> {
  try {
    const response = await fetch(new URL(path, url), {
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (!response.ok) return { failure: failureOf(response) };
    const parsed = schema.safeParse(await response.json());
    return parsed.success
      ? parsed.data
      : { failure: `Vultr's API answers ${path} in a form that is not known here. Nothing was changed.` };
  } catch (error) {
    const { cause, message } = error as Error;
    return {
      failure: `Vultr's API at ${url} does not answer (${cause instanceof Error ? cause.message : message}). Nothing was changed; run it again later.`,
    };
  }
}

function failureOf({ status, headers }: Response): string {
  switch (status) {
    case 401:
    case 403:
      return "Vultr's API refuses the key: VULTR_API_KEY is wrong, or does not allow this machine's address (Account → API → Access Control). Nothing was changed.";
    case 429: {
      const wait = headers.get("retry-after");
      return `Vultr's API was asked too often. Run it again in ${wait === null ? "a minute" : `${wait} s`}. Nothing was changed.`;
    }
    default:
      return status >= 500
        ? `Vultr's API is down (status ${status}). Nothing was changed; run it again later.`
        : `Vultr's API answers with status ${status}. Nothing was changed.`;
  }
}
