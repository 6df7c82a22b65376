import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "../model/config-error.ts";
import { planNetwork, type NetworkPlan } from "../model/plan.ts";
import type { NetworkInput } from "../model/schema.ts";
import { VultrCatalog } from "./hosts/vultr-catalog.ts";
import { inRehearsal, refuseStandIn } from "./stand-in.ts";

/**
 * Asks the clouds whether they have what the sites order, before anything is declared. A network that is wrong in itself is left to
 * `AnycastNetwork`, which names its problems.
 *
 * @throws RunError with every problem and its path
 */
export async function checkFirst(network: NetworkInput): Promise<void> {
  const plan = planned(network);
  if (plan === undefined) return;
  refuseStandIn(plan);
  const problems = await new VultrCatalog().problems(plan);
  if (problems.length === 0) return;
  throw new pulumi.RunError(
    ["The clouds do not have what the sites order:", ...problems.map((line) => `  ${line}`)].join("\n"),
  );
}

function planned(network: NetworkInput): NetworkPlan | undefined {
  try {
    return planNetwork(network, { rehearsal: inRehearsal() });
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
