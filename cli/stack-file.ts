import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { didYouMean } from "../model/nearest.ts";
import { findProject, stackFile, stackName, stackOf, type Project } from "../model/stack-file/project.ts";
import { NETWORK_KEY, networkIn, readStackConfig, type StackConfig } from "../model/stack-file/stack-config.ts";
import { StackFileError } from "../model/stack-file/stack-file-error.ts";
import { CliError } from "./cli-error.ts";
import { readText } from "./read-text.ts";

/** A mistake in how a command was called: shown without a stack trace, exit status 2. */
export class UsageError extends Error {}

/**
 * The Pulumi project that the current folder is in.
 *
 * @throws UsageError when there is none, CliError when its file cannot be used
 */
export function thisProject(): Project {
  const project = usable(() => findProject(process.cwd(), readIfThere));
  if (project === undefined)
    throw new UsageError("there is no Pulumi.yaml in this folder or above: run this in the folder of the project");
  return project;
}

/**
 * The network of a stack, as it stands in its file.
 *
 * @param stack its name; an organization and a project before it (`acme/anycast/prod`) are left to Pulumi
 * @throws UsageError when there is no such stack, or no network in it; CliError when its file cannot be used
 */
export function readNetwork(stack: string): unknown {
  const config = stackConfigOf(stack);
  const file = relative("", stackFile(thisProject(), stack));
  if (config.objections.length > 0) throw new CliError(new StackFileError(file, config.objections).message);
  const network = networkIn(config);
  if (network === undefined) throw new UsageError(`${file} has no config ${NETWORK_KEY}`);
  return network;
}

/**
 * Whether a stack file sets a key of the configuration.
 *
 * @throws UsageError when there is no such stack; CliError when its file cannot be used
 */
export function isConfigured(stack: string, key: string): boolean {
  return stackConfigOf(stack).values[key] !== undefined;
}

function stackConfigOf(stack: string): StackConfig {
  const project = thisProject();
  const file = relative("", stackFile(project, stack));
  if (!existsSync(file)) {
    const stacks = stackNames();
    const hint = didYouMean(stackName(stack), stacks) || ".";
    const known = stacks.length === 0 ? "There are none" : `There are: ${stacks.join(", ")}`;
    throw new UsageError(`There is no stack '${stack}' (no file ${file})${hint} ${known}`);
  }
  return usable(() => readStackConfig(readText(file), file, project.name));
}

function usable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof StackFileError ? new CliError(error.message) : error;
  }
}

/** The stacks that have a file. */
export function stackNames(): string[] {
  const project = thisProject();
  if (!existsSync(project.stackFolder)) return [];
  return readdirSync(project.stackFolder).flatMap((name) => stackOf(project, name) ?? []);
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
  return readIfThere(join(thisProject().folder, path));
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readText(path) : undefined;
}
