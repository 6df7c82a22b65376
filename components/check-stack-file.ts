import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { findProject, stackFile, type ReadFile } from "../model/stack-file/project.ts";
import { DateValue } from "../model/stack-file/scalar.ts";
import { NETWORK_KEY, networkIn, readStackConfig, type StackConfig } from "../model/stack-file/stack-config.ts";
import { StackFileError } from "../model/stack-file/stack-file-error.ts";
import { isSecret } from "../model/stack-file/yaml.ts";

/**
 * Refuses what the `anycast` command refuses in a stack file although Pulumi takes it, as a number with a leading zero, which Pulumi reads as
 * an octal one. When the network is not that of the stack's own file (`pulumi --config-file`), warns that nothing was checked.
 *
 * @param network as the program gets it from Pulumi
 * @throws RunError with file, line and column
 */
export async function checkStackFile(network: unknown): Promise<void> {
  const found = ownStackFile();
  if ("file" in found && isSame(networkIn(found.config), network)) {
    const { file, config } = found;
    if (config.objections.length > 0) throw new pulumi.RunError(new StackFileError(file, config.objections).message);
    return;
  }
  const reason = "file" in found ? `it is not the one in ${found.file}` : found.problem;
  await pulumi.log.warn(
    `${NETWORK_KEY} was not checked for numbers with a leading zero, which Pulumi reads as octal: ${reason}.`,
  );
}

/** The configuration in the file of this run's stack, where `stackConfigDir` says that it is. */
function ownStackFile(): { readonly file: string; readonly config: StackConfig } | { readonly problem: string } {
  try {
    const project = findProject(process.cwd(), readIfThere);
    if (project === undefined) return { problem: "there is no Pulumi.yaml in this folder or above" };
    const file = relative("", stackFile(project, pulumi.getStack()));
    const text = readIfThere(file);
    if (text === undefined) return { problem: `there is no ${file}` };
    return { file, config: readStackConfig(text, file, project.name) };
  } catch (error) {
    if (error instanceof StackFileError) return { problem: error.message };
    throw error;
  }
}

const readIfThere: ReadFile = (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

/** Whether a value of the stack file is what the program got; what is encrypted there, or what Pulumi writes in another form, may be anything. */
function isSame(written: unknown, given: unknown): boolean {
  if (written instanceof DateValue || isSecret(written)) return true;
  if (typeof written !== "object" || written === null) return written === given;
  if (typeof given !== "object" || given === null || Array.isArray(written) !== Array.isArray(given)) return false;
  const others = new Map<string, unknown>(Object.entries(given));
  const own = Object.entries(written);
  return own.length === others.size && own.every(([key, value]) => others.has(key) && isSame(value, others.get(key)));
}
