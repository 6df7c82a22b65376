import { readFileSync } from "node:fs";

/** The kernel's ticks of a second in /proc (USER_HZ). */
const TICKS = 100;

/** Processor seconds of processes and of their children that have ended. */
export function cpuSeconds(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    // utime, stime, cutime, cstime: see proc(5). The name before them may hold blanks.
    const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ").slice(11, 15) ?? [];
    return sum + fields.reduce((ticks, field) => ticks + Number(field), 0) / TICKS;
  }, 0);
}

/** Resident memory of processes in MiB. */
export function residentMiB(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`));
    return sum + (match === null ? 0 : Number(match[1]) / 1024);
  }, 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // It ended.
  }
}
