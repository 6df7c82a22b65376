import type { z } from "zod";
import {
  vultrBgpSchema,
  vultrPrefixesSchema,
  type NoAnswer,
  type VultrAccountFacts,
} from "../../model/vultr/account.ts";
import type { VultrApi } from "./api.ts";
import { VultrError } from "./error.ts";
import { listFirewallGroups } from "./firewalls.ts";
import { parseAnswer } from "./parse.ts";

/** Reads what Vultr's API says of the account; changes nothing. Every failure is a sentence in the result. */
export async function readVultrAccount(api: VultrApi): Promise<VultrAccountFacts> {
  const bgp = await answerTo(api, "/v2/account/bgp", vultrBgpSchema);
  if ("failure" in bgp) return { bgp, prefixes: undefined };
  const prefixes = await answerTo(api, "/v2/account/bgp/prefixes", vultrPrefixesSchema);
  return { bgp, prefixes: "failure" in prefixes ? undefined : prefixes.prefixes };
}

/**
 * Reads the most rules that a firewall group of the account may have; undefined while the account has no group, which is the only place
 * where the API says it.
 *
 * @throws VultrError
 */
export async function readRuleLimit(api: VultrApi): Promise<number | undefined> {
  const limits = (await listFirewallGroups(api)).map((group) => group.max_rule_count);
  return limits.length === 0 ? undefined : Math.max(...limits);
}

async function answerTo<T>(api: VultrApi, path: string, schema: z.ZodType<T>): Promise<T | NoAnswer> {
  try {
    return parseAnswer(schema, await api.request({ method: "GET", path }), "GET", path);
  } catch (error) {
    if (error instanceof VultrError) return { failure: `${error.message}. Nothing was changed.` };
    throw error;
  }
}
