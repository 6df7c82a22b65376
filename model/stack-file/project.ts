import { dirname, extname, join } from "node:path";
import { YamlError } from "./syntax.ts";
import { StackFileError } from "./stack-file-error.ts";
import { readYaml } from "./yaml.ts";

/** A Pulumi project. */
export interface Project {
  readonly name: string;
  /** Of its Pulumi.yaml. */
  readonly folder: string;
  /** Where its stack files are: `stackConfigDir`. */
  readonly stackFolder: string;
  /** Of the stack files: that of Pulumi.yaml. */
  readonly extension: string;
}

/** Reads a file; undefined when there is none. */
export type ReadFile = (path: string) => string | undefined;

/**
 * Finds the project that a folder is in, as Pulumi does: in the folder or above it.
 *
 * @throws StackFileError when its file cannot be used
 */
export function findProject(folder: string, read: ReadFile): Project | undefined {
  for (const name of ["Pulumi.yaml", "Pulumi.yml"]) {
    const file = join(folder, name);
    const text = read(file);
    if (text !== undefined) return projectIn(file, text);
  }
  const above = dirname(folder);
  return above === folder ? undefined : findProject(above, read);
}

function projectIn(file: string, text: string): Project {
  const { name, stackConfigDir = "" } = (contentOf(file, text) ?? {}) as Record<string, unknown>;
  if (typeof name !== "string" || typeof stackConfigDir !== "string")
    throw new StackFileError(file, ["a project needs a `name`. Add it"]);
  const folder = dirname(file);
  return { name, folder, stackFolder: join(folder, stackConfigDir), extension: extname(file) };
}

function contentOf(file: string, text: string): unknown {
  try {
    return readYaml(text).value;
  } catch (error) {
    throw error instanceof YamlError ? new StackFileError(file, [error.mistake]) : error;
  }
}

/** The name of a stack without its organization and project, as in `prod` of `acme/anycast/prod`. */
export function stackName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}

/** The file of a stack. */
export function stackFile({ stackFolder, extension }: Project, stack: string): string {
  return join(stackFolder, `Pulumi.${stackName(stack)}${extension}`);
}

/** The stack that a file name is of; undefined when it is of none. */
export function stackOf({ extension }: Project, fileName: string): string | undefined {
  const name =
    fileName.startsWith("Pulumi.") && fileName.endsWith(extension) ? fileName.slice(7, -extension.length) : "";
  return name === "" || name.endsWith(".deploy") ? undefined : name;
}
