import { existsSync } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { removeCgroup } from "./cgroups.ts";
import { labPaths, managementInterface, type Lab } from "./folder.ts";
import { REGISTRY, withHostLock, withLabLock } from "./lock.ts";
import { releaseManagementNetwork } from "./management-network.ts";
import { inspect, machineInterfaces, removeNodes } from "./namespaces.ts";
import { run } from "./process.ts";
import { readState } from "./state.ts";

/**
 * Removes everything that a lab made, whatever state it is in: processes, namespaces, interfaces, cgroups, its management
 * network, its folder with Pulumi's state. Waits for hosts that are being made or removed. Does nothing where there is no lab.
 */
export async function down(lab: Lab): Promise<void> {
  const state = await readState(lab);
  await withHostLocks(lab, Object.keys(state?.hosts ?? {}).toSorted(), () =>
    withLabLock(lab, async () => {
      await removeNodes(lab, inspect(lab));
      await removeCgroup(lab);
      // Only where a reboot has cut it off from its other end.
      const machine = managementInterface(lab);
      if (machineInterfaces().has(machine)) await run("ip", ["link", "del", machine]).catch(() => undefined);
      await releaseManagementNetwork(lab);
      // Without the marker the folder is not ours to remove.
      if (existsSync(labPaths(lab).marker)) await rm(lab.folder, { recursive: true });
    }),
  );
  await removeFromRegistry(lab);
}

function withHostLocks(lab: Lab, sites: readonly string[], work: () => Promise<void>): Promise<void> {
  const [first, ...rest] = sites;
  return first === undefined ? work() : withHostLock(lab, first, () => withHostLocks(lab, rest, work));
}

/** Removes the locks that killed runs left, and the registry itself when nobody uses it. */
async function removeFromRegistry(lab: Lab): Promise<void> {
  const names = await readdir(REGISTRY).catch(() => []);
  const own = names.filter((name) => name.startsWith(lab.id) && name.endsWith(".lock"));
  await Promise.all(own.map((name) => rm(join(REGISTRY, name), { force: true })));
  await rmdir(REGISTRY).catch(() => undefined);
}
