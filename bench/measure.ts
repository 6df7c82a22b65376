import { readFileSync, readdirSync } from "node:fs";

/** A started command, as execa's. */
export type Started = PromiseLike<{ exitCode?: number | undefined; all?: string | undefined }> & {
  readonly pid?: number | undefined;
};

/** What runs of a command took. */
export interface Measured {
  /** What the first one printed. */
  readonly output: string;
  /** Peak memory of the first one, in MiB: the proportional set size of all its processes together. */
  readonly peak: number;
  /** How long each of the others took, in seconds. */
  readonly seconds: readonly number[];
}

/**
 * Runs a command once while its memory is looked at, and then as often as wanted while it is not: to look takes processor time itself.
 *
 * @throws Error with its output when it failed
 */
export async function measured(start: () => Started, runs: number): Promise<Measured> {
  const first = start();
  let peak = 0;
  const sampler = setInterval(() => {
    peak = Math.max(peak, descendantsMemory(first.pid ?? 0));
  }, 200);
  await secondsOf(first).finally(() => clearInterval(sampler));
  const output = (await first).all ?? "";
  const seconds: number[] = [];
  while (seconds.length < runs) seconds.push(await secondsOf(start()));
  return { output, peak, seconds };
}

/**
 * Waits for a command and says how long it took.
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
