import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { z } from "zod";
import type { NetworkPlan } from "../model/plan.ts";
import { vultrSites } from "../model/vultr/orders.ts";
import { VULTR_PACKAGE } from "../model/vultr/resources.ts";
import { onPath } from "./on-path.ts";

const EXECUTABLE = `pulumi-resource-${VULTR_PACKAGE}`;

const projectSchema = z.object({
  name: z.string(),
  plugins: z.object({ providers: z.array(z.object({ name: z.string() })).default([]) }).default({ providers: [] }),
});

/**
 * Refuses a network with hosts at Vultr while the engine would not find the plugin that makes them, which comes with this package and is
 * nowhere to be downloaded: the engine would look for it there, and say no more than that it is missing.
 *
 * @param folder of the program. Where the project's Pulumi.yaml is neither there nor above, the engine has the word
 * @throws RunError with the lines that Pulumi.yaml needs
 */
export function refuseMissingPlugin(plan: NetworkPlan, folder = process.cwd()): void {
  const site = vultrSites(plan)[0];
  if (site === undefined) return;
  const project = projectFile(folder);
  if (project === undefined || onPath(EXECUTABLE) !== undefined || isNamed(project) || isInstalled()) return;
  throw new pulumi.RunError(
    [
      `Site '${site.name}' is at Vultr, and Pulumi does not find the plugin for it, which comes with this package. Add to Pulumi.yaml:`,
      "",
      "plugins:",
      "  providers:",
      `    - { name: ${VULTR_PACKAGE}, path: ${relative(dirname(project), pluginFolder())} }`,
    ].join("\n"),
  );
}

/** The project's file, in a folder or above it. The SDK tells no folder of the project: `getRootDirectory` gives the word `rootDirectory`. */
function projectFile(folder: string): string | undefined {
  const file = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file !== undefined && read(file)?.name === pulumi.getProject()) return file;
  const above = dirname(folder);
  return above === folder ? undefined : projectFile(above);
}

function isNamed(file: string): boolean {
  return read(file)?.plugins.providers.some(({ name }) => name === VULTR_PACKAGE) === true;
}

function read(file: string): z.output<typeof projectSchema> | undefined {
  return projectSchema.safeParse(parse(readFileSync(file, "utf8"))).data;
}

function isInstalled(): boolean {
  const folder = join(process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi"), "plugins");
  return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith(`resource-${VULTR_PACKAGE}-v`));
}

/** The folder of the executable: that of the sources, or where npm links those of packages. */
function pluginFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "plugins", EXECUTABLE)) && folder !== dirname(folder)) folder = dirname(folder);
  const isInstalledPackage = basename(dirname(folder)) === "node_modules";
  return isInstalledPackage ? join(dirname(folder), ".bin") : join(folder, "plugins");
}
