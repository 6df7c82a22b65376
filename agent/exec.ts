import { spawn } from "node:child_process";

/** How a command ended. */
export interface Finished {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. Tests replace it. */
export type Run = (argv: readonly string[], options?: { timeout?: number; input?: string }) => Promise<Finished>;

/**
 * Runs a command without a shell.
 *
 * @param options.timeout milliseconds after which it is killed; default 30 s
 * @param options.input its standard input; default nothing
 * @throws Error when it cannot be started
 */
export const run: Run = ([file = "", ...args], { timeout = 30_000, input } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"], timeout, killSignal: "SIGKILL" });
    // It may end before it has read all.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (status) => resolve({ status, stdout, stderr }));
  });

/** What a command said, on one line, for a message: standard error, or else standard output. */
export function said({ status, stdout, stderr }: Finished): string {
  const words = (stderr.trim() || stdout.trim()).split("\n").map((line) => line.trim());
  return words.join("; ") || (status === null ? "it took too long or was killed" : `it ended with status ${status}`);
}
