import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../model/config-error.ts";
import { planNetwork } from "../model/plan-network.ts";
import type { NetworkPlan } from "../model/plan.ts";
import { accountsOf, vultrFindings } from "../model/preflight.ts";
import { PROFILES } from "../model/profiles.ts";
import type { NetworkInput } from "../model/schema.ts";
import { readVultrAccount, vultrApiOf } from "../preflight/vultr-account.ts";
import { VultrCatalog } from "./hosts/vultr-catalog.ts";
import { circumstances } from "./circumstances.ts";
import { checkFloor } from "./check-floor.ts";
import { inRehearsal, refuseStandIn } from "./stand-in.ts";

/**
 * Before anything is declared, asks the stack's own state what is deployed, and refuses what takes a prefix below its floor; then asks the
 * clouds whether they have what the sites order and, in a preview, whether the account may announce.
 * A network that is wrong in itself is left to `AnycastNetwork`, which names its problems.
 *
 * @throws RunError with every problem and its path
 */
export async function checkFirst(network: NetworkInput): Promise<void> {
  const plan = planned(network);
  if (plan === undefined) return;
  refuseStandIn(plan);
  await checkFloor(plan);
  const problems = await new VultrCatalog().problems(plan);
  if (problems.length > 0) throw refusal("The clouds do not have what the sites order:", problems);
  if (pulumi.runtime.isDryRun()) await checkAccount(plan);
}

/** The same judgement as `anycast preflight`, as far as Vultr's API alone allows it. Waiting for Vultr is a warning: hosts can be made meanwhile. */
async function checkAccount(plan: NetworkPlan): Promise<void> {
  const apiKey = new pulumi.Config("vultr").get("apiKey");
  const api = vultrApiOf(apiKey === undefined ? process.env : { VULTR_API_KEY: apiKey, ...process.env });
  // A rehearsal asks nobody outside: only an API that it brings itself.
  const outside = inRehearsal() && process.env["VULTR_API_URL"] === undefined;
  if (api === undefined || outside || !accountsOf(plan).some(({ account }) => account === PROFILES.vultr.account))
    return;
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

function refusal(what: string, problems: readonly string[]): pulumi.RunError {
  return new pulumi.RunError([what, ...problems.map((line) => `  ${line}`)].join("\n"));
}

function planned(network: NetworkInput): NetworkPlan | undefined {
  try {
    return planNetwork(network, circumstances());
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
