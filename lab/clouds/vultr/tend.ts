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
  const state = await cloud.store.read();
  await Promise.all(
    state.servers
      .filter(({ id }) => !inWork.has(id))
      .map(async (server) => {
        inWork.add(server.id);
        try {
          if (server.deletedAt !== undefined) await removeMachine(cloud, server);
          else if (server.addresses === undefined) await makeMachine(cloud, state, server);
        } finally {
          inWork.delete(server.id);
        }
      }),
  );
}

async function makeMachine(cloud: VultrCloud, state: VultrState, server: StoredServer): Promise<void> {
  if ((await whatHolds(cloud, server)) !== undefined) return;
  const keys = state.keys.filter(({ id }) => server.keyIds.includes(id)).map(({ sshKey }) => sshKey);
  const machine = await cloud.machines.make(server, keys);
  const now = await replace(cloud, server.id, (old) => ({ ...old, ...machine }));
  const made = now.servers.find(({ id }) => id === server.id);
  if (made !== undefined && made.groupId !== "") await cloud.machines.protect(made, rulesIn(now, made.groupId));
}

async function removeMachine(cloud: VultrCloud, server: StoredServer): Promise<void> {
  if (server.host !== undefined) {
    await cloud.machines.remove(server);
    await replace(cloud, server.id, ({ host: _host, ...rest }) => rest);
  }
  if (!isThere(cloud, server))
    await cloud.store.change((state) => ({
      ...state,
      servers: state.servers.filter(({ id }) => id !== server.id),
    }));
}

function replace(cloud: VultrCloud, id: string, next: (old: StoredServer) => StoredServer): Promise<VultrState> {
  return cloud.store.change((state) => ({
    ...state,
    servers: state.servers.map((each) => (each.id === id ? next(each) : each)),
  }));
}
