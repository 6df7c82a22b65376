import { closeSync, openSync, readSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkPlan } from "../model/plan.ts";
import { isInLab } from "../model/rules.ts";
import { vultrSites } from "../model/vultr/orders.ts";
import { onPath } from "./on-path.ts";
import { placeProblem } from "../clients/vultr/place.ts";

/** How the lab's stand-ins for provider plugins begin, wherever they stand. */
const STAND_IN = /^#!.*\n# The lab's (stand-in|simulated cloud) for /;

/** More than a stand-in needs to say what it is, in octets; a real plugin has a hundred million. */
const BEGINNING = 200;

/** Whether the program runs in a rehearsal: on simulated clouds, with hosts in the lab behind them. */
export function inRehearsal(): boolean {
  return (process.env["ANYCAST_REHEARSAL"] ?? "") !== "";
}

/**
 * Refuses a network that is meant for the Internet while the engine would use one of our stand-ins for provider plugins, and a rehearsal
 * while it would use a real one. The engine takes a plugin on PATH before any other, so PATH is what tells; Vultr's plugin is the same in both,
 * and goes to the API that the environment names.
 */
export function refuseStandIn(plan: NetworkPlan): void {
  const outside = plan.sites.find(({ host }) => !isInLab(host));
  if (outside === undefined) return;
  const place = vultrSites(plan).length === 0 ? undefined : placeProblem(process.env);
  if (place !== undefined) throw new pulumi.RunError(place);
  for (const { plugin, install } of pluginsOf(plan)) {
    const executable = onPath(`pulumi-resource-${plugin}`);
    const standIn = executable !== undefined && STAND_IN.test(beginningOf(executable));
    if (inRehearsal() && !standIn) {
      throw new pulumi.RunError(
        `ANYCAST_REHEARSAL is set, and the ${plugin} plugin on PATH is ${executable ?? "none"}, which is not the lab's stand-in for it: ` +
          "a rehearsal would reach the real one. Unset the variable, or rehearse with: npm run lab -- rehearse STACK",
      );
    }
    if (!inRehearsal() && standIn) {
      throw new pulumi.RunError(
        `Site '${outside.name}' is not in the lab, and ${executable} on PATH is the lab's stand-in for the ${plugin} plugin. ` +
          `Take it off PATH and install the official one: ${install}`,
      );
    }
  }
}

/** The plugins that a network's resources need, and how a user gets each. */
function pluginsOf({ sites }: NetworkPlan): { plugin: string; install: string }[] {
  const providers = new Set(sites.map(({ host }) => host.provider));
  return [
    { plugin: "command", install: "pulumi plugin install resource command 1.2.1" },
    ...(providers.has("equinixMetal")
      ? [{ plugin: "equinix-metal", install: "pulumi plugin install resource equinix-metal 2.0.0" }]
      : []),
  ];
}

function beginningOf(file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const octets = Buffer.alloc(BEGINNING);
    return octets.toString("latin1", 0, readSync(descriptor, octets, 0, BEGINNING, 0));
  } finally {
    closeSync(descriptor);
  }
}
