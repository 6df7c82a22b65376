import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { z } from "zod";
import type { NetworkPlan } from "../model/plan.ts";
import { vultrSites } from "../model/vultr/orders.ts";
import { VULTR_PACKAGE } from "../model/vultr/resources.ts";
import { onPath } from "./on-path.ts";

const EXECUTABLE = `pulumi-resource-${VULTR_PACKAGE}`;

const projectSchema = z.object({
  plugins: z.object({ providers: z.array(z.object({ name: z.string() })) }),
});

/**
 * Refuses a network with hosts at Vultr while the engine would not find the plugin that makes them, which comes with this package and is
 * nowhere to be downloaded: the engine would look for it there, and say no more than that it is missing.
 *
 * @param root the folder of Pulumi.yaml; where there is none, as for a program in another language, the engine has the word
 * @throws RunError with the lines that Pulumi.yaml needs
 */
export function refuseMissingPlugin(plan: NetworkPlan, root = pulumi.getRootDirectory()): void {
  const site = vultrSites(plan)[0];
  const project = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(root, name)).find((path) => existsSync(path));
  if (site === undefined || root === "" || project === undefined) return;
  if (onPath(EXECUTABLE) !== undefined || isNamed(project) || isInstalled()) return;
  throw new pulumi.RunError(
    [
      `Site '${site.name}' is at Vultr, and Pulumi does not find the plugin for it, which comes with this package. Add to Pulumi.yaml:`,
      "",
      "plugins:",
      "  providers:",
      `    - { name: ${VULTR_PACKAGE}, path: ${relative(root, pluginFolder())} }`,
    ].join("\n"),
  );
}

function isNamed(file: string): boolean {
  const project = projectSchema.safeParse(parse(readFileSync(file, "utf8")));
  return project.success && project.data.plugins.providers.some(({ name }) => name === VULTR_PACKAGE);
}

function isInstalled(): boolean {
  const folder = join(process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "plugins");
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(`resource-${VULTR_PACKAGE}-v`));
}

/** The folder of the executable, beside the sources or in the installed package. */
function pluginFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "plugins", EXECUTABLE)) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, "plugins");
}
