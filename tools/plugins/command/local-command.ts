import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { z } from "zod";
import { commandResource, commandShape, previousOutput } from "./command-resource.ts";
import type { Context } from "./context.ts";
import { capture, type Output } from "./output.ts";

const missing = z.never("is not in the lab's stand-in for the command plugin").optional();

const inputsSchema = z.object({
  ...commandShape,
  interpreter: z.array(z.string()).default([]),
  dir: z.string().optional(),
  assetPaths: missing,
  archivePaths: missing,
});
type Inputs = z.infer<typeof inputsSchema>;

/** `command:local:Command`: runs a command on this machine, without `assetPaths` and `archivePaths`. */
export const localCommand = commandResource(inputsSchema, run);

async function run(command: string, inputs: Inputs, previous: Output, context: Context): Promise<Output> {
  const [program = "/bin/sh", ...args] = inputs.interpreter.length > 0 ? inputs.interpreter : ["/bin/sh", "-c"];
  const cwd = inputs.dir ?? process.cwd();
  const captured = capture(inputs.logging, context);
  if (!existsSync(cwd)) throw captured.failure(`chdir ${cwd}: no such file or directory`, command);
  const child = spawn(program, [...args, command], {
    cwd,
    env: { ...process.env, ...inputs.environment, ...previousOutput(inputs, previous) },
    signal: context.signal,
    killSignal: "SIGKILL",
  });
  child.stdout.on("data", (chunk: Buffer) => captured.write("stdout", chunk));
  child.stderr.on("data", (chunk: Buffer) => captured.write("stderr", chunk));
  // A command may end before it has read all of its input.
  child.stdin.on("error", () => {});
  child.stdin.end(inputs.stdin ?? "");
  const reason = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(error.name === "AbortError" ? "signal: killed" : error.message));
    child.on("close", (code, signal) => {
      if (code !== 0) resolve(signal === null ? `exit status ${code}` : `signal: ${signal}`);
      else resolve(undefined);
    });
  });
  const output = await captured.end();
  if (reason !== undefined) throw captured.failure(reason, command);
  return output;
}
