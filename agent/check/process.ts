import { spawn } from "node:child_process";

/** How much of what a process says is kept, in characters. */
const KEPT = 200;
/** How many milliseconds after its end a process's output is read on. */
const LAST_WORDS = 50;

/** How a process ended. */
export interface Ended {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly by: NodeJS.Signals | null;
  /** The first line of its standard error and of its standard output, not too long. */
  readonly complaint: string;
  readonly output: string;
}

/**
 * Runs a command without a shell in a process group of its own. Nothing of the group is left: it is killed when the signal
 * fires, and what the command left behind when it has ended.
 *
 * @throws Error when it cannot be started
 */
export async function runGroup([file = "", ...args]: readonly string[], signal: AbortSignal): Promise<Ended> {
  signal.throwIfAborted();
  const child = spawn(file, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const said = { output: "", complaint: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.output = (said.output + text).slice(0, KEPT)));
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (said.complaint = (said.complaint + text).slice(0, KEPT)));
  const killGroup = (): void => {
    if (child.pid !== undefined) endGroup(child.pid);
  };
  const letGo = (): void => {
    child.stdout.destroy();
    child.stderr.destroy();
  };
  const giveUp = (): void => {
    killGroup();
    letGo();
  };
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const [status, by] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.on("error", reject);
      // What the command said last may still be in a pipe, which somebody who left the group may hold open for ever.
      child.on("exit", () => {
        killGroup();
        setTimeout(letGo, LAST_WORDS).unref();
      });
      child.on("close", (code, killedBy) => resolve([code, killedBy]));
    });
    return { status, by, complaint: firstLine(said.complaint), output: firstLine(said.output) };
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // Nobody is left, or only who took other rights and ends by itself.
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
