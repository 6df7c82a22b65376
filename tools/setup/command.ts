import { execa } from "execa";
import type { InvokingUser } from "./invoking-user.ts";
import type { Progress } from "./step.ts";

/** How a program of a set-up step is run. */
export interface CommandOptions extends InvokingUser {
  /** Told each line that the program prints, on either stream. */
  progress: Progress;
  /** Working folder; by default the current one. */
  cwd?: string;
  /** Variables beside those of this process. */
  env?: Record<string, string>;
  /** After how many ms the program is ended; by default never. */
  timeout?: number;
}

/** How many of the last lines of a failed program the user gets to see. */
const shownLines = 10;

/**
 * Runs a program of a set-up step to its end.
 *
 * @throws Error that says which program failed, with the last lines of what it printed
 */
export async function runCommand(file: string, args: string[], options: CommandOptions): Promise<void> {
  const { progress, ...rest } = options;
  const child = execa(file, args, { ...rest, all: true, buffer: false, stdin: "ignore", reject: false });
  const lines: string[] = [];
  for await (const line of child.iterable({ from: "all" })) {
    if (line.trim() === "") continue;
    lines.push(line);
    if (lines.length > shownLines) lines.shift();
    progress(line);
  }
  const result = await child;
  if (!result.failed) return;
  const reason = result.timedOut
    ? "took too long"
    : result.exitCode === undefined
      ? (result.originalMessage ?? "failed")
      : `failed with exit status ${result.exitCode}`;
  throw new Error([`${file} ${reason}.`, ...lines].join("\n  "));
}
