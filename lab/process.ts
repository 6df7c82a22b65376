import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

/** How a program ended. */
export interface Ended {
  /** The exit status; 128 + the signal's number when a signal ended it, as shells say it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program is run with. */
export interface RunOptions {
  /** Text for its standard input. Default: none. */
  readonly input?: string;
  /** After how many ms it is killed. Default: never. */
  readonly timeout?: number;
  /** Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** Runs a program to its end and collects what it prints; never throws for its exit status. (Lighter to load than execa: every host start pays for it.) */
export async function tryRun(file: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { input = "", ...rest } = options;
  const child = spawn(file, args, { ...rest, stdio: ["pipe", "pipe", "pipe"], killSignal: "SIGKILL" });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program that does not read its input closes the pipe; its exit status says the rest.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { status: code ?? 137, stdout, stderr };
}

/**
 * Runs a program to its end and returns what it prints.
 *
 * @throws Error with the program's own message when it fails
 */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await tryRun(file, args, options);
  if (status === 0) return stdout;
  throw new Error(`${[file, ...args].join(" ")} failed (${status}): ${(stderr || stdout).trim()}`);
}

/** What a program that takes over the terminal is run with. */
export interface ForegroundOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

const ignore = (): void => undefined;

/**
 * Runs a program to its end with this process's own standard input, output and error.
 *
 * @returns its exit status, 128 + the signal's number when a signal ended it
 */
export async function runInForeground(
  file: string,
  args: readonly string[],
  options: ForegroundOptions,
): Promise<number> {
  const child = spawn(file, args, { ...options, stdio: "inherit" });
  // The terminal sends these to the program as well, which decides what becomes of them.
  const pass = (): void => void child.kill("SIGTERM");
  process.on("SIGINT", ignore).on("SIGQUIT", ignore).on("SIGTERM", pass);
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    process.off("SIGINT", ignore).off("SIGQUIT", ignore).off("SIGTERM", pass);
  }
}
