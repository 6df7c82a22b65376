import { planNetwork } from "../model/plan.ts";
import { summaryOf } from "../model/summary.ts";
import { zonesOf } from "../model/zones.ts";
import { plannedFiles } from "../render/planned.ts";
import type { Rendered } from "./rendered.ts";
import { readNetwork, readProjectFile } from "./stack-file.ts";

/**
 * Renders all sites of a stack from its file, without any host.
 *
 * @throws ConfigError, UsageError
 */
export function renderStack(stack: string, environment: NodeJS.ProcessEnv): Rendered {
  const plan = planNetwork(readNetwork(stack), { rehearsal: (environment["ANYCAST_REHEARSAL"] ?? "") !== "" });
  const zones = zonesOf(plan.config, "the project's folder", readProjectFile);
  return {
    network: summaryOf(plan),
    sites: Object.fromEntries(
      plan.sites.map((site) => [
        site.name,
        Object.fromEntries(
          Object.entries(plannedFiles(plan, site, zones)).map(([path, { content }]) => [path, content]),
        ),
      ]),
    ),
  };
}
