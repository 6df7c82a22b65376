import type { VultrCloud } from "./cloud.ts";
import { isThere } from "./server-status.ts";
import type { StoredServer } from "./state.ts";

/** What somebody does in Vultr's web pages, behind Pulumi's back. */
export interface HandChange {
  /** A new label. */
  readonly label?: string;
  /** Another plan: the server is resized in place. */
  readonly plan?: string;
  /** Another group; empty: none. */
  readonly groupId?: string;
  readonly tags?: readonly string[];
  readonly osId?: number;
}

/** The server that is named by its id, label or host name; undefined when there is none. Of several, the newest. */
export async function findServer(cloud: VultrCloud, name: string): Promise<StoredServer | undefined> {
  const { servers } = await cloud.store.read();
  return servers.findLast(
    (each) =>
      each.deletedAt === undefined &&
      isThere(cloud, each) &&
      [each.id, each.label, each.hostname, each.host].includes(name),
  );
}

/** Deletes a server, at once. */
export async function deleteServer({ store, machines }: VultrCloud, server: StoredServer): Promise<void> {
  await machines.remove(server);
  await store.change((state) => ({ ...state, servers: state.servers.filter(({ id }) => id !== server.id) }));
}

/** Changes a server, and what stands in front of it. */
export async function changeServer(cloud: VultrCloud, server: StoredServer, change: HandChange): Promise<void> {
  const changed = { ...server, ...change };
  const state = await cloud.store.change((old) => ({
    ...old,
    servers: old.servers.map((each) => (each.id === server.id ? { ...each, ...change } : each)),
  }));
  const rules = state.rules.filter(({ groupId }) => groupId === changed.groupId);
  if (change.groupId !== undefined) await cloud.machines.protect(changed, changed.groupId === "" ? undefined : rules);
}

/** Powers a server off. */
export async function powerOff({ store, machines }: VultrCloud, server: StoredServer): Promise<void> {
  await store.change((state) => ({
    ...state,
    servers: state.servers.map((each) => (each.id === server.id ? { ...each, isPoweredOn: false } : each)),
  }));
  await machines.power(server, "halt");
}

/** "Ubuntu 24.04 LTS x64", which nobody asks for: what a server has that somebody reinstalled by hand. */
export const REINSTALLED = 2284;

/** The description of a firewall group that somebody made by hand: no stack removes it. */
export const BY_HAND = "by hand";
