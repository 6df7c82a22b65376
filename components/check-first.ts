import { ConfigError } from "../model/config-error.ts";
import { planNetwork } from "../model/plan-network.ts";
import type { NetworkPlan } from "../model/plan.ts";
import type { NetworkInput } from "../model/schema.ts";
import { circumstances } from "./circumstances.ts";
import { checkFloor, readDeployed } from "./check-floor.ts";
import { checkRegistries } from "./check-registries.ts";
import { checkVultr } from "./check-vultr.ts";
import { refuseStandIn } from "./stand-in.ts";
import { refuseMissingPlugin } from "./vultr-plugin.ts";

/**
 * Before anything is declared, asks the stack's own state what is deployed, and refuses what takes a prefix below its floor; then judges the
 * announcements by the ROAs that the network names, and where the names of hosts lead; then asks the clouds whether they have what the sites order
 * and, in a preview, whether the account may announce.
 * A network that is wrong in itself is left to `AnycastNetwork`, which names its problems.
 *
 * @throws RunError with every problem and its path
 */
export async function checkFirst(network: NetworkInput): Promise<void> {
  const plan = planned(network);
  if (plan === undefined) return;
  refuseStandIn(plan);
  refuseMissingPlugin(plan);
  const { resources, deployed } = await readDeployed();
  await checkFloor(plan, deployed);
  await checkRegistries(plan);
  await checkVultr(plan, resources);
}

function planned(network: NetworkInput): NetworkPlan | undefined {
  try {
    return planNetwork(network, circumstances());
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
