import { z } from "zod";
import { VultrError } from "../../clients/vultr/error.ts";
import { changeServer, encodeUserData } from "../../clients/vultr/servers.ts";
import type { VultrFirstContactDoneInputs, VultrServerKind } from "../../model/vultr/resources.ts";
import type { Context, Field, ResourceType } from "./resource.ts";
import { finishForgotten } from "./server-finish.ts";

/** What stands in the user data afterwards. */
export const USER_DATA_STUB = "#cloud-config\n# First contact is over; its host key and keys are on the host alone.\n";

const ids = (about: string): Field => ({
  schema: z.array(z.string().min(1, "must not be empty")),
  change: "update",
  key: (value) => JSON.stringify([...new Set(value as string[])].toSorted()),
  about,
});

/**
 * Overwrites the user data of servers, which has their hosts' private keys, when it is not needed any more. The servers are marked as complete
 * by then. One resource has all servers of a network, as each resource more is felt in every preview of a big one.
 */
export const firstContactDone: ResourceType<VultrFirstContactDoneInputs> = {
  about: "Overwrites the user data of servers with a stub when their first contact is over.",
  subject: () => "the end of first contact",
  inputs: {
    instanceIds: ids("The ids of the virtual machines whose first contact is over."),
    bareMetalIds: ids("The ids of the bare-metal servers whose first contact is over."),
  },
  outputs: {},

  create: async (inputs, context) => {
    await endAll(inputs, {}, context);
    return { id: "first-contact", facts: {} };
  },

  read: async (_id, { instanceIds = [], bareMetalIds = [] }) => ({ inputs: { instanceIds, bareMetalIds }, facts: {} }),

  update: async (_id, state, inputs, context) => {
    await endAll(inputs, state, context);
    return {};
  },

  delete: async () => {},
};

/** Ends the first contact with those servers that were not among the ones before. All of them are tried before one fails. */
async function endAll(
  { instanceIds, bareMetalIds }: VultrFirstContactDoneInputs,
  before: Partial<VultrFirstContactDoneInputs>,
  context: Context,
): Promise<void> {
  const ends = [
    ...newIn(instanceIds, before.instanceIds).map((id) => endFirstContact("instance", id, context)),
    ...newIn(bareMetalIds, before.bareMetalIds).map((id) => endFirstContact("bareMetal", id, context)),
  ];
  const failed = (await Promise.allSettled(ends)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

function newIn(after: readonly string[], before: readonly string[] = []): string[] {
  return [...new Set(after)].filter((id) => !before.includes(id));
}

async function endFirstContact(kind: VultrServerKind, id: string, context: Context): Promise<void> {
  const { api, signal, status, warn } = context;
  try {
    // What depends on a server is done when the state has the server.
    await context.deferred.finish(id);
    await finishForgotten(kind, id, context);
    const body = { user_data: encodeUserData(USER_DATA_STUB) };
    await changeServer(api, kind, id, body, { signal, onWait: status });
  } catch (error) {
    if (!(error instanceof VultrError)) throw error;
    if (error.kind !== "refused") throw error.about(`server ${id}`);
    warn(
      `Vultr keeps the user data of server ${id} (${error.said}). The host's private SSH key stays readable in it, from the host itself ` +
        `and with the account's API key; remove it at my.vultr.com → the server → Settings → Cloud-Init User-Data.`,
    );
  }
}
