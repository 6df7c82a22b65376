import * as pulumi from "@pulumi/pulumi";
import { changesText, floorRefusals, prefixChanges, type Deployed } from "../model/changes.ts";
import type { NetworkPlan } from "../model/plan.ts";
import { circumstances } from "./circumstances.ts";
import { deployedIn, readStack } from "./deployed.ts";
import type { StateResource } from "../model/vultr/state.ts";

/** The stack's own state, and what is deployed by it. */
export interface DeployedState {
  readonly resources: readonly StateResource[];
  readonly deployed: Deployed;
}

/**
 * Says in a preview who announces each prefix before and after, and refuses a plan that takes one below its floor (safety 10).
 *
 * @throws RunError with each prefix, its sites, and what to do
 */
export async function checkFloor(plan: NetworkPlan, deployed: Deployed): Promise<void> {
  const changes = prefixChanges(plan, deployed);
  const refusals = floorRefusals(changes, plan.floor, deployed, circumstances().belowFloor);
  if (refusals.length > 0)
    throw new pulumi.RunError(["This run is refused:", ...refusals.map((line) => `  ${line}`)].join("\n"));
  if (pulumi.runtime.isDryRun()) await pulumi.log.info(changesText(changes, plan.floor, deployed));
}

/** @throws RunError when the state cannot be read: then nobody can tell what the plan would take away */
export async function readDeployed(): Promise<DeployedState> {
  try {
    const resources = await readStack();
    return { resources, deployed: deployedIn(resources) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new pulumi.RunError(
      `This run is refused: what is deployed cannot be read from the stack's state, so that nobody can tell what it would withdraw: ${why}. ` +
        "Nothing was touched. Mend the state's backend (pulumi whoami -v names it), then run again.",
    );
  }
}
