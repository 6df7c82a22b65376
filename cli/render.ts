import type { Manifest } from "../model/manifest.ts";
import { planNetwork } from "../model/plan-network.ts";
import { summaryOf } from "../model/summary.ts";
import { zonesOf } from "../model/zones.ts";
import { plannedManifest } from "../render/planned.ts";
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
    sites: Object.fromEntries(plan.sites.map((site) => [site.name, filesOf(plannedManifest(plan, site, zones))])),
  };
}

/** What is not a file on the host: the versions that are pinned, a line each. */
const PACKAGES = "/packages";

function filesOf({ files, packages }: Manifest): Record<string, string> {
  const contents = Object.entries(files).map(([path, { content }]) => [path, content]);
  const pinned = Object.entries(packages).map(([name, version]) => `${name} ${version}\n`);
  return Object.fromEntries([...contents, ...(pinned.length === 0 ? [] : [[PACKAGES, pinned.join("")]])]);
}
