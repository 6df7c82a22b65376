import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { labPaths, type Lab } from "../folder.ts";
import { hostOf } from "../hosts.ts";
import { withHostLock } from "../lock.ts";
import { cutPower, powerOn, untilReachable } from "../machine.ts";
import { readState } from "../state.ts";
import { UsageError } from "../usage-error.ts";
import { removeMachine } from "./machines.ts";
import { seedFiles } from "./seed.ts";
import { changeObjects, cloudObjects } from "./store.ts";
import { BY_HAND, REINSTALLED, changeServer, deleteServer, findServer, powerOff } from "./vultr/by-hand.ts";
import { vultrOf } from "./vultr/lab-cloud.ts";
import type { StoredServer } from "./vultr/state.ts";

/** Deletes a site's server as somebody does in the provider's web pages. */
export async function deleteByHand(lab: Lab, site: string): Promise<void> {
  const cloud = vultrOf(lab);
  const server = await findServer(cloud, site);
  if (server !== undefined) return deleteServer(cloud, server);
  const device = (await cloudObjects(lab)).find(({ host, inputs }) => host === site || inputs["hostname"] === site);
  if (device?.host === undefined) throw noServer(site);
  await removeMachine(lab, device.host);
  await changeObjects(lab, (objects) => objects.filter(({ id }) => id !== device.id));
}

/** Reinstalls a site's server at Vultr as somebody does in its web pages: another system, no user data, a new host key; same addresses. */
export async function rebuildByHand(lab: Lab, site: string): Promise<void> {
  const server = await serverOf(lab, site);
  const { host } = server;
  const state = await readState(lab);
  if (host === undefined || state === undefined) throw noServer(site);
  await withHostLock(lab, host, async () => {
    await cutPower(lab, host);
    await rm(labPaths(lab).host(host), { recursive: true });
    const seed = seedFiles({ instanceId: server.id, hostname: site, userData: undefined, rootKeys: [], broken: false });
    await powerOn(lab, state, hostOf(state, host), { seed, delay: 0 });
    await untilReachable(lab, state, hostOf(state, host));
  });
  await changeServer(vultrOf(lab), server, { osId: REINSTALLED });
}

/** Powers a site's server at Vultr off. */
export async function powerOffByHand(lab: Lab, site: string): Promise<void> {
  await powerOff(vultrOf(lab), await serverOf(lab, site));
}

/** Gives a site's server at Vultr another label. */
export async function renameByHand(lab: Lab, site: string, label: string): Promise<void> {
  await changeServer(vultrOf(lab), await serverOf(lab, site), { label });
}

/** Resizes a site's server at Vultr in place. */
export async function resizeByHand(lab: Lab, site: string, plan: string): Promise<void> {
  await changeServer(vultrOf(lab), await serverOf(lab, site), { plan });
}

/** Puts a site's server at Vultr into a new firewall group, which opens nothing. */
export async function moveByHand(lab: Lab, site: string): Promise<void> {
  const [cloud, server, groupId] = [vultrOf(lab), await serverOf(lab, site), randomUUID()];
  const now = new Date(cloud.now()).toISOString();
  const group = { id: groupId, description: BY_HAND, dateCreated: now, dateModified: now };
  await cloud.store.change((state) => ({
    ...state,
    next: state.next + 1,
    groups: [...state.groups, { ...group, number: state.next }],
  }));
  await changeServer(cloud, server, { groupId });
}

async function serverOf(lab: Lab, site: string): Promise<StoredServer> {
  const server = await findServer(vultrOf(lab), site);
  if (server === undefined) throw noServer(site);
  return server;
}

function noServer(site: string): UsageError {
  return new UsageError(`There is no server '${site}' at the simulated clouds.`);
}
