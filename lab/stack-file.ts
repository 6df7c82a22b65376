import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { findProject, stackFile } from "../model/stack-file/project.ts";
import { NETWORK_KEY, networkIn, readStackConfig } from "../model/stack-file/stack-config.ts";
import { StackFileError } from "../model/stack-file/stack-file-error.ts";
import { isSecret } from "../model/stack-file/yaml.ts";
import { UsageError } from "./usage-error.ts";

/** The Pulumi project: the checkout. */
const PROJECT = join(import.meta.dirname, "..");

/** What stands in the file of a stack. */
export interface LabStack {
  /** Key → value; secrets are left out. */
  readonly config: Readonly<Record<string, unknown>>;
  /** `anycast:network`. What is wrong in it, the program says. */
  readonly network: Readonly<Record<string, unknown>>;
}

/**
 * Reads the file of a stack in this checkout.
 *
 * @throws UsageError when there is none, or no network in it; StackFileError when it cannot be used
 */
export function readStackFile(stack: string): LabStack {
  const project = findProject(PROJECT, readIfThere);
  if (project === undefined) throw new Error(`There is no Pulumi.yaml in ${PROJECT}`);
  const path = stackFile(project, stack);
  const file = relative(PROJECT, path);
  const text = readIfThere(path);
  if (text === undefined) throw new UsageError(`There is no stack '${stack}': no file ${file}.`);
  const config = readStackConfig(text, file, project.name);
  if (config.objections.length > 0) throw new StackFileError(file, config.objections);
  const network = networkIn(config);
  if (typeof network !== "object" || network === null) throw new UsageError(`${file} has no config ${NETWORK_KEY}.`);
  const open = Object.entries(config.values).filter(([, value]) => !hasSecret(value));
  return { config: Object.fromEntries(open), network: network as LabStack["network"] };
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function hasSecret(value: unknown): boolean {
  return isSecret(value) || (typeof value === "object" && value !== null && Object.values(value).some(hasSecret));
}
