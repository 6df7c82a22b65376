import { existsSync, readFileSync } from "node:fs";
import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "./folder.ts";
import { isAlive, killAll } from "./namespaces.ts";

/** Where the hierarchies are that matter to systemd, in the three ways to mount them (cgroups(7)). */
const HIERARCHIES = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"];

/** The cgroup of all routers and clients. */
export const NODES = "nodes";

/** The path of a cgroup of the lab in every hierarchy: of a host by the name of its node, or `NODES`. */
export function cgroupOf(lab: Lab, name: string): string {
  return join(`lab-${lab.id}`, name);
}

/**
 * Removes a cgroup with whatever runs in it. What keeps a host running gets a second to end by itself, as it does when the host has
 * ended.
 *
 * @param name default: all cgroups of the lab
 */
export async function removeCgroup(lab: Lab, name = ""): Promise<void> {
  const existing = HIERARCHIES.filter((each) => existsSync(join(each, "cgroup.procs")));
  const folders = existing.map((each) => join(each, cgroupOf(lab, name)));
  for (const folder of folders) {
    const pids = (await cgroupsIn(folder)).flatMap(processesIn);
    const deadline = Date.now() + 1000;
    while (pids.some(isAlive) && Date.now() < deadline) await sleep(10);
    await killAll(pids);
  }
  for (const folder of folders) for (const group of await cgroupsIn(folder)) await rmdir(group);
}

function processesIn(folder: string): number[] {
  const lines = readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n");
  return lines.filter((line) => line !== "").map(Number);
}

/** A cgroup and all below it, the deepest first. */
async function cgroupsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [];
  const below = entries.filter((each) => each.isDirectory()).map((each) => cgroupsIn(join(folder, each.name)));
  return [...(await Promise.all(below)).flat(), folder];
}
