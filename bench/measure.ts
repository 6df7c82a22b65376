import { readFileSync, readdirSync } from "node:fs";

/** A started command, as execa's. */
export type Started = PromiseLike<{ exitCode?: number | undefined; all?: string | undefined }> & {
  readonly pid?: number | undefined;
};

/** What a command took. */
export interface Measurement {
  seconds: number;
  /** Peak resident memory in MiB of all processes of Pulumi's together. */
  peak: number;
}

/**
 * Waits for a command and measures it.
 *
 * @throws Error with its output when it failed
 */
export async function timed(running: Started): Promise<Measurement> {
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, descendantsMemory(running.pid ?? 0));
  }, 200);
  const seconds = await secondsOf(running).finally(() => clearInterval(sampler));
  return { seconds, peak };
}

/**
 * Waits for a command and says how long it took. Its memory is not looked at: to look at that of hundreds of processes takes a core.
 *
 * @throws Error with its output when it failed
 */
export async function secondsOf(running: Started): Promise<number> {
  const start = performance.now();
  const { exitCode, all } = await running;
  if (exitCode !== 0) throw new Error(`the command failed:\n${all}`);
  return (performance.now() - start) / 1000;
}

/** Proportional set size in MiB of a process and of all that came from it. */
function descendantsMemory(root: number): number {
  const parents = new Map(processes().map((pid) => [pid, parentOf(pid)]));
  const belongs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === root || belongs(parents.get(pid)));
  return [...parents.keys()].filter(belongs).reduce((sum, pid) => sum + memoryOf(pid), 0);
}

/** The ids of all processes of this machine. */
export function processes(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function parentOf(pid: number): number | undefined {
  const match = /\) \S (\d+)/.exec(read(`/proc/${pid}/stat`));
  return match === null ? undefined : Number(match[1]);
}

/** Proportional set size in MiB of a process; 0 when it has ended. */
export function memoryOf(pid: number): number {
  const match = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
  return match === null ? 0 : Number(match[1]) / 1024;
}

/** The content of a file of a process, empty when the process has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
