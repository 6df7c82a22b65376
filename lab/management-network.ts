import { existsSync } from "node:fs";
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { MANAGEMENT_NETWORKS, managementNetwork } from "./addressing.ts";
import { labAt, labPaths, managementInterface, type Lab } from "./folder.ts";
import { REGISTRY, withLock } from "./lock.ts";
import { namespacesOf } from "./namespaces.ts";
import { run } from "./process.ts";

const PREFIX = "network-";

/** Who claims which management network: number → the lab. */
async function claims(): Promise<Map<number, Lab>> {
  const names = (await readdir(REGISTRY)).filter((name) => name.startsWith(PREFIX));
  const entries = names.map(async (name) => {
    const folder = await readFile(join(REGISTRY, name), "utf8");
    return [Number(name.slice(PREFIX.length)), labAt(folder.trim())] as const;
  });
  return new Map(await Promise.all(entries));
}

/** Whether a lab that claims a network is gone without having given it back: neither its folder nor anything in the kernel. */
function hasVanished(lab: Lab): boolean {
  return !existsSync(labPaths(lab).marker) && namespacesOf(lab).length === 0;
}

/**
 * Claims a management network for a lab, whose folder exists already; the one it has, if it has one. Claims of labs that
 * vanished are given up.
 *
 * @returns its number, for `addressing.ts`
 * @throws Error when all are taken
 */
export function claimManagementNetwork(lab: Lab): Promise<number> {
  return withLock("registry", async () => {
    const taken = await claims();
    const own = [...taken].find(([, { id }]) => id === lab.id);
    if (own !== undefined) return own[0];
    for (const [number, claimant] of taken) {
      if (!hasVanished(claimant)) continue;
      await rm(join(REGISTRY, `${PREFIX}${number}`));
      taken.delete(number);
    }
    for (let number = 0; number < MANAGEMENT_NETWORKS; number += 1) {
      if (taken.has(number) || (await isInUse(number, lab))) continue;
      await writeFile(join(REGISTRY, `${PREFIX}${number}`), `${lab.folder}\n`, { flag: "wx" });
      return number;
    }
    throw new Error(
      `No management network is free for another lab: all /22 of 198.18.0.0/16 are in use, by ${[...taken.values()].map(({ folder }) => folder).join(", ")}.`,
    );
  });
}

/** Whether the machine routes the network somewhere else. */
async function isInUse(number: number, lab: Lab): Promise<boolean> {
  const network = managementNetwork(number);
  const routes = await run("ip", ["-4", "-o", "route", "show", "root", network]);
  return routes.split("\n").some((line) => line !== "" && !line.includes(` dev ${managementInterface(lab)} `));
}

/** Gives a lab's management network back. */
export function releaseManagementNetwork(lab: Lab): Promise<void> {
  return withLock("registry", async () => {
    for (const [number, claimant] of await claims()) {
      if (claimant.id === lab.id) await rm(join(REGISTRY, `${PREFIX}${number}`));
    }
  });
}
