import { accessSync, constants, realpathSync } from "node:fs";
import { delimiter, join, sep } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkPlan } from "../model/plan.ts";
import { isInLab } from "../model/rules.ts";

/** The folder of the stand-in for the `command` plugin, inside the project. */
const STAND_IN = join("tools", "plugins");

/**
 * Refuses a network with hosts outside the lab while the engine would use our stand-in for the `command` plugin.
 * The engine takes a plugin on PATH before any other, so PATH is what tells.
 */
export function refuseStandIn(plan: NetworkPlan): void {
  const outside = plan.sites.find(({ host }) => !isInLab(host));
  if (outside === undefined) return;
  const plugin = onPath("pulumi-resource-command");
  if (plugin === undefined || !plugin.includes(`${sep}${STAND_IN}${sep}`)) return;
  throw new pulumi.RunError(
    `Site '${outside.name}' is not in the lab, and ${plugin} on PATH is the lab's stand-in for the command plugin. ` +
      "Take it off PATH and install the official one: pulumi plugin install resource command 1.2.1",
  );
}

function onPath(executable: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    try {
      accessSync(join(folder, executable), constants.X_OK);
      return realpathSync(join(folder, executable));
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
