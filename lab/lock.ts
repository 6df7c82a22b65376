import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "./folder.ts";

/** The machine-wide folder of all labs: locks, and who uses which management network. Not in a lab's folder, which `down` removes. */
export const REGISTRY = "/run/anycast-lab";

/**
 * Holds the lock in file `$2` of folder `$1`: prints a line once it has it, lets go when its standard input ends, that is, also
 * when this process is killed. The holder before removed the file: then what was locked is nobody's, and it tries again.
 */
const HOLD = `
while :; do
  mkdir -p "$1" && exec 9>>"$1/$2" && flock 9 || exit 1
  [ "$(stat -Lc %d:%i /proc/self/fd/9)" = "$(stat -c %d:%i "$1/$2" 2>/dev/null)" ] && break
done
echo
exec cat`;

/**
 * Runs `work` while no other process runs work under the same lock. The lock is the kernel's (flock(2)): however its holder
 * dies, it is free then.
 *
 * @param name unique on this machine, a file name
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const file = `${name}.lock`;
  // Detached: an interrupt from the terminal must not free the lock while this process still works.
  const holder = spawn("sh", ["-c", HOLD, "sh", REGISTRY, file], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const ended = once(holder, "exit");
  try {
    const held = once(holder.stdout, "data").then(() => true);
    const isHeld = await Promise.race([held, ended.then(() => false)]);
    if (!isHeld) throw new Error(`Cannot lock ${join(REGISTRY, file)}.`);
    try {
      return await work();
    } finally {
      await rm(join(REGISTRY, file), { force: true });
    }
  } finally {
    holder.stdin.end();
    await ended;
  }
}

/** The lock on a lab's state and on its routers. Held for fractions of a second; never while a host boots. */
export function withLabLock<T>(lab: Lab, work: () => Promise<T>): Promise<T> {
  return withLock(lab.id, work);
}

/** The lock on one host: it is made, removed, broken and healed by one process at a time. Taken before the lab's lock, never after. */
export function withHostLock<T>(lab: Lab, site: string, work: () => Promise<T>): Promise<T> {
  return withLock(`${lab.id}-${site}`, work);
}
