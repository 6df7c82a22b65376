import * as pulumi from "@pulumi/pulumi";
import { readRuleLimit, readVultrAccount } from "../clients/vultr/account.ts";
import { VultrApi, vultrOptionsOf } from "../clients/vultr/api.ts";
import type { NetworkPlan } from "../model/plan.ts";
import { vultrFindings } from "../model/preflight.ts";
import { PROFILES } from "../model/profiles.ts";
import { costChanges, costsText, pricesNotAsked } from "../model/vultr/costs.ts";
import { ruleLimitProblem, USUAL_RULE_LIMIT } from "../model/vultr/firewall-limit.ts";
import type { VultrLists } from "../model/vultr/lists.ts";
import { orderProblems, vultrOrders, vultrSites } from "../model/vultr/orders.ts";
import { VULTR_PACKAGE } from "../model/vultr/resources.ts";
import {
  hostKeyProblems,
  legacyProblem,
  mostRules,
  ruleLimitIn,
  serversIn,
  type StateResource,
} from "../model/vultr/state.ts";
import { cloudFirewall } from "../render/cloud-firewall.ts";
import { VultrCatalog } from "./hosts/vultr/catalog.ts";
import { refusal } from "./refusal.ts";

/**
 * Before anything is declared, asks Vultr whether it has what the sites order and, in a preview, whether the account may announce; a
 * preview also says what a month costs before and after.
 *
 * @param resources in the stack's own state
 * @throws RunError with every problem and its path
 */
export async function checkVultr(plan: NetworkPlan, resources: readonly StateResource[]): Promise<void> {
  if (new pulumi.Config("vultr").get("apiKey") !== undefined)
    throw new pulumi.RunError(
      `vultr:apiKey is no longer used. Set the key by its new name: pulumi config set --secret ${VULTR_PACKAGE}:apiKey (then pulumi config rm vultr:apiKey)`,
    );
  const legacy = legacyProblem(resources);
  if (legacy !== undefined) throw new pulumi.RunError(legacy);
  const there = serversIn(resources);
  const keyProblems = hostKeyProblems(plan, there);
  if (keyProblems.length > 0) throw refusal("The configuration does not fit the servers that are there:", keyProblems);

  const ordered = vultrOrders(plan);
  if (ordered.length + there.length === 0) return;
  const lists = await listsFor(plan);
  if (lists !== undefined) {
    const problems = orderProblems(plan, lists, there);
    if (problems.length > 0) throw refusal("Vultr does not have what the sites order:", problems);
  }
  await checkRules(plan, resources);
  if (!pulumi.runtime.isDryRun()) return;
  await pulumi.log.info(lists === undefined ? pricesNotAsked() : costsText(costChanges(there, ordered, lists)));
  if (ordered.length > 0) await checkAccount(plan);
}

/** Vultr's lists; undefined when it does not answer, and nothing is ordered there. */
async function listsFor(plan: NetworkPlan): Promise<VultrLists | undefined> {
  const lists = new VultrCatalog().lists();
  return vultrSites(plan).length > 0 ? lists : lists.catch(() => undefined);
}

async function checkRules(plan: NetworkPlan, resources: readonly StateResource[]): Promise<void> {
  if (!plan.sites.some(({ host }) => host.provider === "vultr")) return;
  const wanted = cloudFirewall(plan.config, PROFILES.vultr);
  const meanwhile = mostRules(resources, wanted);
  const limit = ruleLimitIn(resources) ?? USUAL_RULE_LIMIT;
  const api = vultrApi();
  // Vultr raises the limit for those who ask.
  const asked =
    meanwhile <= limit || !api.hasKey ? limit : ((await readRuleLimit(api).catch(() => undefined)) ?? limit);
  const problem = ruleLimitProblem(wanted.length, asked, meanwhile);
  if (problem !== undefined) throw new pulumi.RunError(problem);
}

/** The same judgement as `anycast preflight`, as far as Vultr's API alone allows it. Waiting for Vultr is a warning: hosts can be made meanwhile. */
async function checkAccount(plan: NetworkPlan): Promise<void> {
  const api = vultrApi();
  if (!api.hasKey) return;
  const findings = vultrFindings(plan, await readVultrAccount(api));
  for (const { check, message } of findings.filter(({ status }) => status === "waiting"))
    await pulumi.log.warn(`${check}: ${message} Until then no session comes up. See: npx anycast preflight`);
  const problems = findings.filter(({ status }) => status === "problem");
  if (problems.length > 0)
    throw refusal(
      "The account at Vultr cannot announce this network:",
      problems.map(({ check, message }) => `${check}: ${message}`),
    );
}

/** Vultr's API with the stack's own key, as the plugin has it. */
function vultrApi(): VultrApi {
  const options = vultrOptionsOf(process.env);
  return new VultrApi({ ...options, key: new pulumi.Config(VULTR_PACKAGE).get("apiKey") ?? options.key });
}
