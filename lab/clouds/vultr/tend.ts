import { isAlive } from "../../namespaces.ts";
import type { VultrCloud } from "./cloud.ts";
import { rulesIn } from "./firewalls.ts";
import { whatHolds } from "./server-body.ts";
import { isThere } from "./server-status.ts";
import type { StoredServer, VultrState } from "./state.ts";

/** The servers that this process is at work on. */
const inWork = new Set<string>();

/**
 * Does what is due behind the API, and what a process that ended left undone: makes the machines of servers that were ordered, removes
 * those of deleted ones, forgets what no longer shows.
 */
export async function tend(cloud: VultrCloud): Promise<void> {
  const { servers } = await cloud.store.read();
  await Promise.all(
    servers.map(async (server) => {
      if (!isDue(cloud, server) || !(await claim(cloud, server.id))) return;
      try {
        await (server.deletedAt === undefined ? make(cloud, server) : remove(cloud, server));
      } finally {
        inWork.delete(server.id);
        await replace(cloud, server.id, ({ worker: _worker, ...rest }) => rest);
      }
    }),
  );
}

function isDue(cloud: VultrCloud, server: StoredServer): boolean {
  const { deletedAt, addresses, host } = server;
  return deletedAt === undefined ? addresses === undefined : host !== undefined || !isThere(cloud, server);
}

/** Takes on a server, unless this or another process has. */
async function claim({ store }: VultrCloud, id: string): Promise<boolean> {
  if (inWork.has(id)) return false;
  inWork.add(id);
  let isOurs = false;
  await store.change((state) => {
    const server = state.servers.find((each) => each.id === id);
    const { worker } = server ?? {};
    isOurs = server !== undefined && (worker === undefined || worker === process.pid || !isAlive(worker));
    if (!isOurs) return state;
    return {
      ...state,
      servers: state.servers.map((each) => (each === server ? { ...each, worker: process.pid } : each)),
    };
  });
  if (!isOurs) inWork.delete(id);
  return isOurs;
}

async function make(cloud: VultrCloud, server: StoredServer): Promise<void> {
  if ((await whatHolds(cloud, server)) === "pending") return;
  const state = await cloud.store.read();
  const keys = state.keys.filter(({ id }) => server.keyIds.includes(id)).map(({ sshKey }) => sshKey);
  const machine = await cloud.machines.make(server, keys, protectionOf(state, server));
  const now = await replace(cloud, server.id, (old) => ({ ...old, ...machine }));
  // The group may have changed meanwhile.
  const made = now.servers.find(({ id }) => id === server.id);
  if (made !== undefined) await cloud.machines.protect(made, protectionOf(now, made));
}

function protectionOf(state: VultrState, { groupId }: StoredServer) {
  return groupId === "" ? undefined : rulesIn(state, groupId);
}

async function remove(cloud: VultrCloud, server: StoredServer): Promise<void> {
  if (server.host !== undefined) {
    await cloud.machines.remove(server);
    await replace(cloud, server.id, ({ host: _host, ...rest }) => rest);
  }
  if (isThere(cloud, server)) return;
  await cloud.store.change((state) => ({ ...state, servers: state.servers.filter(({ id }) => id !== server.id) }));
}

function replace(cloud: VultrCloud, id: string, next: (old: StoredServer) => StoredServer): Promise<VultrState> {
  return cloud.store.change((state) => ({
    ...state,
    servers: state.servers.map((each) => (each.id === id ? next(each) : each)),
  }));
}
