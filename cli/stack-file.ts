import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { didYouMean } from "../model/nearest.ts";

/** Where the stack files are: `stackConfigDir` of Pulumi.yaml. */
const FOLDER = "stacks";

/** A mistake in how a command was called: shown without a stack trace, exit status 2. */
export class UsageError extends Error {}

/**
 * The network of a stack, as it stands in its file.
 *
 * @throws UsageError when there is no such stack, or no network in it
 */
export function readNetwork(stack: string): unknown {
  const network = readStackConfig(stack)["anycast:network"];
  if (network === undefined) throw new UsageError(`${fileOf(stack)} has no config anycast:network`);
  return network;
}

/**
 * The configuration of a stack, as it stands in its file: key → value; a secret is `{secure: …}`.
 *
 * @throws UsageError when there is no such stack
 */
export function readStackConfig(stack: string): Readonly<Record<string, unknown>> {
  const file = fileOf(stack);
  if (!existsSync(file)) {
    const stacks = stackNames();
    const hint = didYouMean(stack, stacks) || ".";
    throw new UsageError(`There is no stack '${stack}' (no file ${file})${hint} There are: ${stacks.join(", ")}`);
  }
  const content: unknown = parse(readFileSync(file, "utf8"));
  return (content as { config?: Record<string, unknown> } | null)?.config ?? {};
}

function fileOf(stack: string): string {
  return join(FOLDER, `Pulumi.${stack}.yaml`);
}

/** The stacks that have a file. */
export function stackNames(): string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
}

/** The sites of all stacks, as far as their files can be read. */
export function siteNames(): string[] {
  return [...new Set(stackNames().flatMap(sitesOf))].toSorted();
}

function sitesOf(stack: string): string[] {
  try {
    const { sites } = readNetwork(stack) as { sites?: object };
    return Object.keys(sites ?? {});
  } catch {
    return []; // Whoever uses it is told.
  }
}

/** A file that the stack file names by its path from the project's folder; undefined when there is none. */
export function readProjectFile(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
