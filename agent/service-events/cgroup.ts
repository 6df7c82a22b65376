import { existsSync, readdirSync, readFileSync, statSync, watch, type FSWatcher } from "node:fs";
import { join } from "node:path";

/** Where version 2 of the control groups is: alone, or beside version 1. */
const ROOTS = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/** Milliseconds between two looks for the control group of a unit that has none, as when it is not running. */
const LOOK = 1000;

/**
 * Watches whether a unit's control group has processes, and tells when the last one has ended. The kernel tells it some
 * milliseconds before systemd does (cgroups(7), `cgroup.events`). A unit without a group is looked for each second, so that
 * one that has just been started is watched a second later at the latest. Tells nothing where there is no version 2.
 *
 * @param unit with its suffix, as in `knot.service`
 * @param root the folder of the control groups
 * @returns what ends it
 */
export function watchCgroup(unit: string, ended: () => void, root: string | undefined = cgroupRoot()): () => void {
  if (root === undefined) return () => {};
  let watcher: FSWatcher | undefined;
  let file = "";
  let inode: bigint | undefined;
  let populated = false;

  const look = (): void => {
    // A group that was removed is not always told, and one of the same name is another one.
    if (watcher !== undefined && inodeOf(file) === inode) return;
    lose();
    const folder = findUnit(root, unit);
    if (folder === undefined) return;
    file = join(folder, "cgroup.events");
    inode = inodeOf(file);
    populated = isPopulated(file) ?? false;
    try {
      watcher = watch(file, changed);
      watcher.on("error", lose);
    } catch {
      // It went while it was looked at.
    }
  };
  const changed = (): void => {
    const before = populated;
    const now = isPopulated(file);
    populated = now ?? false;
    if (now === undefined) lose();
    // Populated before and after: it was empty in between, or this is about something else. A probe too many does no harm.
    if (before) ended();
  };
  const lose = (): void => {
    watcher?.close();
    watcher = undefined;
  };

  look();
  const timer = setInterval(look, LOOK);
  return () => {
    clearInterval(timer);
    lose();
  };
}

function cgroupRoot(): string | undefined {
  return ROOTS.find((root) => existsSync(join(root, "cgroup.controllers")));
}

/** The number that tells a file from a later one of its name; undefined when there is none. */
function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}

/** Whether there are processes in a group or below it; undefined when the group is gone. */
function isPopulated(file: string): boolean | undefined {
  try {
    return readFileSync(file, "utf8").includes("populated 1");
  } catch {
    return undefined;
  }
}

/** The group of a unit, in whatever slice it is. */
function findUnit(folder: string, unit: string): string | undefined {
  const expected = join(folder, "system.slice", unit);
  if (existsSync(expected)) return expected;
  const names = namesIn(folder);
  if (names.includes(unit)) return join(folder, unit);
  for (const slice of names.filter((name) => name.endsWith(".slice"))) {
    const found = findUnit(join(folder, slice), unit);
    if (found !== undefined) return found;
  }
  return undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
