import { rm } from "node:fs/promises";
import { labPaths, type Lab } from "../folder.ts";
import { hostOf } from "../hosts.ts";
import { withHostLock } from "../lock.ts";
import { cutPower, powerOn, untilReachable } from "../machine.ts";
import { readState, type LabState } from "../state.ts";
import { UsageError } from "../usage-error.ts";
import { removeMachine } from "./machines.ts";
import { seedFiles } from "./seed.ts";
import { changeObjects, cloudObjects, type CloudObject } from "./store.ts";
import { REINSTALLED } from "./vultr.ts";

/** Deletes a site's server as somebody does in the provider's web pages. */
export async function deleteByHand(lab: Lab, site: string): Promise<void> {
  const { id, host } = await serverOf(lab, site);
  await removeMachine(lab, host);
  await changeObjects(lab, (objects) => objects.filter((each) => each.id !== id));
}

/** Reinstalls a site's server as somebody does in the provider's web pages: another system, no user data, a new host key; same addresses. */
export async function rebuildByHand(lab: Lab, site: string): Promise<void> {
  const { id, host, state } = await serverOf(lab, site);
  await withHostLock(lab, host, async () => {
    await cutPower(lab, host);
    await rm(labPaths(lab).host(host), { recursive: true });
    const seed = seedFiles({ instanceId: id, hostname: site, userData: undefined, rootKeys: [], broken: false });
    await powerOn(lab, state, hostOf(state, host), { seed, delay: 0 });
    await untilReachable(lab, state, hostOf(state, host));
  });
  await changeObjects(lab, (objects) =>
    objects.map((each) => (each.id === id ? { ...each, attributes: { ...each.attributes, ...REINSTALLED } } : each)),
  );
}

async function serverOf(lab: Lab, site: string): Promise<{ id: string; host: string; state: LabState }> {
  const state = await readState(lab);
  const isServer = ({ host }: CloudObject): boolean =>
    host !== undefined && (state?.hosts[host]?.answersAs === site || host === site);
  const found = (await cloudObjects(lab)).find(isServer);
  if (state === undefined || found?.host === undefined)
    throw new UsageError(`There is no server '${site}' at the simulated clouds.`);
  return { id: found.id, host: found.host, state };
}
