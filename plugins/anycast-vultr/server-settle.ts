import { isGone, VultrError } from "../../clients/vultr/error.ts";
import {
  changeServer,
  deleteServer,
  listServers,
  readServer,
  startInstance,
  type VultrServer,
} from "../../clients/vultr/servers.ts";
import {
  identityTag,
  unfinishedTag,
  type VultrInstanceInputs,
  type VultrServerKind,
} from "../../model/vultr/resources.ts";
import { poll } from "./poll.ts";
import type { Context } from "./resource.ts";
import { isAsOrdered } from "./server-create.ts";
import { allTags, hasIpv6 } from "./server-fields.ts";
import { unlessGone } from "./ssh-key.ts";

/** Milliseconds within which Vultr may not know a server yet that it has just made. */
const NEWBORN_MS = 30_000;

/**
 * Brings a server to what the inputs say, and waits until it is ready. It only sends what differs.
 *
 * @param wanted.isFinished whether it is to be marked as complete, too
 * @returns the server when it is ready
 */
export async function settleServer(
  kind: VultrServerKind,
  { id, inputs, isFinished }: { id: string; inputs: VultrInstanceInputs; isFinished: boolean },
  timeoutMs: number,
  context: Context,
): Promise<VultrServer> {
  const { api, signal, status } = context;
  const options = { signal, onWait: status };
  const start = api.clock.now();
  let started = false;
  const ready = await poll(api.clock, {
    signal,
    timeoutMs,
    status,
    waiting: "it is not ready",
    attempt: async () => {
      try {
        const server = await readServer(api, kind, id, options);
        if (kind === "instance" && server.status === "active" && server.power_status === "stopped" && !started) {
          await startInstance(api, id, options);
          started = true;
        }
        const wait = whatIsMissing(kind, server, inputs.enableIpv6 && mayHaveIpv6(server));
        return wait === undefined ? { done: server } : { wait };
      } catch (error) {
        if (isGone(error) && api.clock.now() - start < NEWBORN_MS && !context.state.hasId(id))
          return { wait: "ordering" };
        throw error;
      }
    },
  });
  if (ready.tags?.includes(unfinishedTag(inputs.identity))) await deleteTwins(kind, id, inputs, context);
  const change = difference(kind, ready, inputs, isFinished);
  if (Object.keys(change).length === 0) return ready;
  await changeServer(api, kind, id, change, options);
  if (!inputs.enableIpv6 || (ready.v6_main_ip ?? "") !== "") return { ...ready, ...change };
  return poll(api.clock, {
    signal,
    timeoutMs,
    status,
    waiting: "it has no IPv6 address",
    attempt: async () => {
      const server = await readServer(api, kind, id, options);
      const wait = whatIsMissing(kind, server, true);
      return wait === undefined ? { done: server } : { wait };
    },
  });
}

/** Whether a server has IPv6 or may still get it, as an API that lists no features does not say. */
function mayHaveIpv6(server: VultrServer): boolean {
  return hasIpv6(server) || !server.features;
}

/** What a server lacks until it is ready; undefined when it is. */
function whatIsMissing(kind: VultrServerKind, server: VultrServer, needsIpv6: boolean): string | undefined {
  const { status, power_status, server_status, main_ip, v6_main_ip } = server;
  if (status === "suspended")
    throw new VultrError({
      kind: "refused",
      reason: "Vultr has suspended it",
      remedy: "Look at the account's billing and tickets at my.vultr.com, then run it again",
    });
  if (status !== "active") return status === "pending" ? "installing" : status;
  if (kind === "instance") {
    if (power_status !== undefined && power_status !== "running") return `starting (power: ${power_status})`;
    if (server_status !== undefined && server_status !== "ok") return "installing";
  }
  if (main_ip === "" || main_ip === "0.0.0.0") return "waiting for its IPv4 address";
  if (needsIpv6 && (v6_main_ip ?? "") === "") return "waiting for its IPv6 address";
  return undefined;
}

/** What a PATCH has to change. A plan is never changed in place. */
function difference(
  kind: VultrServerKind,
  server: VultrServer,
  inputs: VultrInstanceInputs,
  isFinished: boolean,
): Record<string, unknown> {
  const wantedTags = allTags(inputs, isFinished);
  const tags = server.tags ?? [];
  const sameTags = tags.length === wantedTags.length && wantedTags.every((tag) => tags.includes(tag));
  const group = inputs.firewallGroupId ?? "";
  return {
    ...(server.label === inputs.label ? {} : { label: inputs.label }),
    ...(kind === "bareMetal" || (server.firewall_group_id ?? "") === group ? {} : { firewall_group_id: group }),
    ...(hasIpv6(server) === inputs.enableIpv6 ? {} : { enable_ipv6: inputs.enableIpv6 }),
    ...(sameTags ? {} : { tags: wantedTags }),
  };
}

/**
 * Deletes what an interrupted create of this very server has left behind and no list has shown in time: the identity is this server's
 * alone, and what the state has is complete, or was shown, or is the older one and was taken up.
 */
async function deleteTwins(
  kind: VultrServerKind,
  id: string,
  inputs: VultrInstanceInputs,
  context: Context,
): Promise<void> {
  const { api, signal, status, state, warn } = context;
  const options = { signal, onWait: status };
  const twins = await listServers(api, kind, { tag: unfinishedTag(inputs.identity) }, options);
  for (const twin of twins) {
    if (twin.id === id || state.hasId(twin.id) || !isAsOrdered(twin, inputs)) continue;
    if (twin.tags?.includes(identityTag(inputs.identity))) continue;
    warn(`deleting ${twin.id}, which an interrupted run has made for the same site`);
    await deleteServer(api, kind, twin.id, options).catch(unlessGone);
  }
}
