import { readRuleLimit, readVultrAccount } from "../clients/vultr/account.ts";
import { VultrApi, vultrOptionsOf } from "../clients/vultr/api.ts";
import { VultrError } from "../clients/vultr/error.ts";
import { readOwnServers } from "../clients/vultr/inventory.ts";
import { readVultrLists } from "../clients/vultr/lists.ts";
import type { NetworkPlan } from "../model/plan.ts";
import type { Finding } from "../model/preflight.ts";
import { PROFILES } from "../model/profiles.ts";
import type { VultrAccountFacts } from "../model/vultr/account.ts";
import { orderFindings, strayFindings } from "../model/vultr/findings.ts";
import { ruleLimitProblem, USUAL_RULE_LIMIT } from "../model/vultr/firewall-limit.ts";
import type { VultrLists } from "../model/vultr/lists.ts";
import { stackName } from "../model/stack-file/project.ts";
import { VULTR_PACKAGE } from "../model/vultr/resources.ts";
import { findStrays, type Strays } from "../model/vultr/strays.ts";
import { stackId } from "../model/vultr/tags.ts";
import { cloudFirewall } from "../render/cloud-firewall.ts";
import { CliError } from "./cli-error.ts";
import { isConfigured, thisProject, UsageError } from "./stack-file.ts";
import { stackConfig, stackResources, type StackResource } from "./stack-state.ts";

const KEY = `${VULTR_PACKAGE}:apiKey`;

/**
 * Vultr's API with the key of a stack, or else of the environment.
 *
 * @throws UsageError when there is no key
 */
export async function vultrApiOf(stack: string, environment: NodeJS.ProcessEnv): Promise<VultrApi> {
  const { url, key } = vultrOptionsOf(environment);
  const own = isConfigured(stack, KEY) ? await stackConfig(stack, KEY) : undefined;
  const api = new VultrApi({ url, key: own ?? key, retries: false });
  if (!api.hasKey)
    throw new UsageError(
      `VULTR_API_KEY is not set, and stack ${stack} has hosts at Vultr: export VULTR_API_KEY=… (Account → API in the portal), or pulumi config set --secret ${KEY}`,
    );
  return api;
}

/** What Vultr says about a network, beside its account. */
export interface VultrAnswers {
  readonly account: VultrAccountFacts;
  readonly findings: readonly Finding[];
}

/** Asks Vultr all that concerns a network; changes nothing. Every failure is a finding. */
export async function askVultr(api: VultrApi, stack: string, plan: NetworkPlan): Promise<VultrAnswers> {
  const account = await readVultrAccount(api);
  if ("failure" in account.bgp) return { account, findings: [] };
  return { account, findings: (await Promise.all([orders(api, stack, plan), rules(api, plan)])).flat() };
}

/**
 * The servers at Vultr with the tags of a stack, compared with its state.
 *
 * @throws VultrError, CliError when the state cannot be read
 */
export async function straysOf(
  api: VultrApi,
  stack: string,
): Promise<{ readonly strays: Strays; readonly resources: readonly StackResource[] }> {
  const [found, resources] = await Promise.all([readOwnServers(api), stackResources(stack)]);
  const ids = new Set(resources.flatMap(({ type, id }) => (type.startsWith(`${VULTR_PACKAGE}:`) && id ? [id] : [])));
  return { strays: findStrays(found, stackId(thisProject().name, stackName(stack)), ids), resources };
}

async function orders(api: VultrApi, stack: string, plan: NetworkPlan): Promise<Finding[]> {
  return orUnknown("Vultr order", async () => {
    const lists = await readVultrLists(api);
    return [...orderFindings(plan, lists), ...(await servers(api, stack, plan, lists))];
  });
}

function servers(api: VultrApi, stack: string, plan: NetworkPlan, lists: VultrLists): Promise<Finding[]> {
  return orUnknown("Vultr servers", async () => {
    const { strays, resources } = await straysOf(api, stack);
    return strayFindings(strays, { stack, plan, urns: resources.map(({ urn }) => urn) }, lists);
  });
}

async function rules(api: VultrApi, plan: NetworkPlan): Promise<Finding[]> {
  const check = "Vultr firewall";
  if (!plan.sites.some(({ host }) => host.provider === "vultr")) return [];
  return orUnknown(check, async () => {
    const count = cloudFirewall(plan.config, PROFILES.vultr).length;
    const limit = (await readRuleLimit(api)) ?? USUAL_RULE_LIMIT;
    const problem = ruleLimitProblem(count, limit);
    return [
      problem === undefined
        ? { check, status: "ok", message: `${count} rules, and a group takes ${limit}` }
        : { check, status: "problem", message: problem },
    ];
  });
}

async function orUnknown(check: string, ask: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof VultrError || error instanceof CliError || error instanceof UsageError)
      return [{ check, status: "unknown", message: `was not checked: ${error.message}` }];
    throw error;
  }
}
