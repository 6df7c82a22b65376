import { createServer, encodeUserData, listServers, type VultrServer } from "../../clients/vultr/servers.ts";
import { unfinishedTag, type VultrInstanceInputs, type VultrServerKind } from "../../model/vultr/resources.ts";
import { isPerhapsDone, LIST_DELAY_MS } from "./create-once.ts";
import type { Context } from "./resource.ts";
import { allTags } from "./server-fields.ts";

/** How often a create is sent that the API did not answer and that made nothing. */
const TRIES = 3;

/** Makes a server, or takes up the one that an interrupted run has made. */
export async function makeServer(
  kind: VultrServerKind,
  inputs: VultrInstanceInputs,
  context: Context,
): Promise<VultrServer> {
  const { api, signal, status } = context;
  const found = await findTwice(kind, inputs, context, api.troubleCount > 0);
  if (found !== undefined) return found;
  for (let attempt = 1; ; attempt++) {
    try {
      status("ordering");
      return await createServer(api, kind, orderOf(kind, inputs), { signal, onWait: status });
    } catch (error) {
      if (!isPerhapsDone(error)) throw error;
      status("the API did not answer: looking whether it has made the server");
      await api.clock.sleep(LIST_DELAY_MS, signal);
      const made = await findTwice(kind, inputs, context, true);
      if (made !== undefined) return made;
      if (attempt === TRIES) throw error;
    }
  }
}

async function findTwice(
  kind: VultrServerKind,
  inputs: VultrInstanceInputs,
  context: Context,
  twice: boolean,
): Promise<VultrServer | undefined> {
  const found = await findOwn(kind, inputs, context);
  if (found !== undefined || !twice) return found;
  await context.api.clock.sleep(LIST_DELAY_MS, context.signal);
  return findOwn(kind, inputs, context);
}

/**
 * The unfinished server of an interrupted create; of several the oldest, as the state has it if it has one of them. A complete one is
 * never taken: in a replacement it may be the old one, which the engine need not have shown before (`--replace` compares nothing).
 */
async function findOwn(
  kind: VultrServerKind,
  inputs: VultrInstanceInputs,
  { api, signal, status, state }: Context,
): Promise<VultrServer | undefined> {
  const query = { tag: unfinishedTag(inputs.identity) };
  const servers = await listServers(api, kind, query, { signal, onWait: status });
  const [own] = servers
    .filter((server) => !state.hasId(server.id) && isAsOrdered(server, inputs))
    .toSorted((a, b) => a.date_created.localeCompare(b.date_created));
  if (own === undefined) return undefined;
  state.claim(own.id);
  status(`taking up ${own.id}, which an interrupted run has made`);
  return own;
}

/** Whether a server is what a create orders. */
export function isAsOrdered(server: VultrServer, { region, plan, osId }: VultrInstanceInputs): boolean {
  return server.region === region && server.plan === plan && server.os_id === osId;
}

function orderOf(kind: VultrServerKind, inputs: VultrInstanceInputs): object {
  const order = {
    region: inputs.region,
    plan: inputs.plan,
    os_id: inputs.osId,
    label: inputs.label,
    hostname: inputs.hostname,
    enable_ipv6: inputs.enableIpv6,
    tags: allTags(inputs, false),
    sshkey_id: inputs.sshKeyIds,
    user_data: encodeUserData(inputs.userData),
    activation_email: false,
  };
  if (kind === "bareMetal") return { ...order, persistent_pxe: false };
  const group = inputs.firewallGroupId ?? "";
  return { ...order, backups: "disabled", ...(group === "" ? {} : { firewall_group_id: group }) };
}
