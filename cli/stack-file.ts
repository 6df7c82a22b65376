import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { didYouMean } from "../model/nearest.ts";
import { CliError } from "./cli-error.ts";
import { readText } from "./read-text.ts";

/** Where the stack files are: `stackConfigDir` of Pulumi.yaml. */
const FOLDER = "stacks";

/** A mistake in how a command was called: shown without a stack trace, exit status 2. */
export class UsageError extends Error {}

/** How many times as large as the file its aliases may make what it says. */
const MOST_ALIASES = 100;

/**
 * The network of a stack, as it stands in its file.
 *
 * @throws UsageError when there is no such stack, or no network in it; CliError when its file is none
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
  return recordOf(recordOf(parseYaml(readText(file), file))["config"]);
}

function fileOf(stack: string): string {
  return join(FOLDER, `Pulumi.${stack}.yaml`);
}

/** @throws CliError with the place of the first mistake, as in `stacks/Pulumi.prod.yaml:12:3: Map keys must be unique` */
function parseYaml(text: string, file: string): unknown {
  const document = parseDocument(text, { merge: true, logLevel: "error" });
  const [error] = document.errors;
  if (error !== undefined) {
    const place = error.linePos?.[0];
    const problem = error.message.split(/ at line \d+| *\n/)[0] ?? "";
    throw new CliError(`${file}${place === undefined ? "" : `:${place.line}:${place.col}`}: ${problem}. Correct it`);
  }
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (problem) {
    throw new CliError(`${file}: ${problem instanceof Error ? problem.message : String(problem)}. Correct it`);
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
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
  return existsSync(path) ? readText(path) : undefined;
}
