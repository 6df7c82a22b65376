import { execa } from "execa";
import { z } from "zod";
import { CliError } from "./cli-error.ts";

const exportSchema = z.object({
  deployment: z
    .object({
      resources: z.array(z.object({ urn: z.string(), type: z.string(), id: z.string().optional() })).nullish(),
    })
    .nullish(),
});

/** A resource in the state of a stack. */
export interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string | undefined;
}

/**
 * Reads the resources in the state of a stack, by the Pulumi CLI; none of a stack that is not there.
 *
 * @throws CliError when the state cannot be read
 */
export async function stackResources(stack: string): Promise<StackResource[]> {
  const { exitCode, stdout, stderr, code } = await pulumi(["stack", "export", "--stack", stack]);
  if (code === "ENOENT") throw new CliError("there is no pulumi on PATH");
  if (exitCode !== 0) {
    if (/no stack named/.test(stderr)) return [];
    throw new CliError(stderr.trim().replace(/^error: /, ""));
  }
  const parsed = exportSchema.safeParse(JSON.parse(stdout));
  if (!parsed.success)
    throw new CliError(`'pulumi stack export' prints another form: ${z.prettifyError(parsed.error)}`);
  return parsed.data.deployment?.resources ?? [];
}

/** Reads a value of a stack's configuration by the Pulumi CLI, secrets too; undefined when it is not set, or cannot be read. */
export async function stackConfig(stack: string, key: string): Promise<string | undefined> {
  const { exitCode, stdout } = await pulumi(["config", "get", key, "--stack", stack]);
  return exitCode === 0 && stdout !== "" ? stdout : undefined;
}

function pulumi(args: readonly string[]) {
  return execa("pulumi", [...args, "--non-interactive"], { reject: false, stdin: "ignore" });
}
