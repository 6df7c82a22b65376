import { z } from "zod";
import { isGone, VultrError } from "../../clients/vultr/error.ts";
import { deleteServer, readServer } from "../../clients/vultr/servers.ts";
import type { VultrBareMetalInputs, VultrInstanceInputs, VultrServerKind } from "../../model/vultr/resources.ts";
import { Unfinished, type Context, type Properties, type ResourceType } from "./resource.ts";
import { makeServer } from "./server-create.ts";
import { foundServer, serverFacts, serverInputs, serverOutputs } from "./server-fields.ts";
import { finishServer } from "./server-finish.ts";
import { settleServer } from "./server-settle.ts";
import { poll } from "./poll.ts";
import { unlessGone } from "./ssh-key.ts";

const MINUTE_MS = 60_000;

/** How long Vultr may take to delete a server, in milliseconds. */
const DELETE_TIMEOUT_MS = 20 * MINUTE_MS;

/** Milliseconds after which a deletion that was taken and has not happened is asked for again. */
const ASK_AGAIN_MS = MINUTE_MS;

/** How long it may take until a server is ready, in milliseconds. */
const READY_TIMEOUTS_MS: Readonly<Record<VultrServerKind, number>> = {
  instance: 30 * MINUTE_MS,
  bareMetal: 90 * MINUTE_MS,
};

/** A virtual machine. */
export const instance: ResourceType<VultrInstanceInputs> = {
  ...serverOperations("instance"),
  about: "A virtual machine at Vultr.",
  inputs: {
    ...serverInputs,
    firewallGroupId: {
      schema: z.string(),
      change: "update",
      optional: true,
      about: "The firewall group in front; none opens all.",
    },
  },
  outputs: { ...serverOutputs, powerStatus: { type: "string", about: "`running` or `stopped`." } },
  wrongOutput: ({ powerStatus }) => (powerStatus === "stopped" ? "powerStatus" : undefined),
};

/** A bare-metal server. */
export const bareMetalServer: ResourceType<VultrBareMetalInputs> = {
  ...serverOperations("bareMetal"),
  about: "A bare-metal server at Vultr.",
  inputs: serverInputs,
  outputs: serverOutputs,
};

function serverOperations(
  kind: VultrServerKind,
): Pick<ResourceType<VultrInstanceInputs>, "subject" | "create" | "read" | "update" | "delete"> {
  const isInstance = kind === "instance";
  const settled = async (
    wanted: { id: string; inputs: VultrInstanceInputs; isFinished: boolean },
    state: Properties,
    context: Context,
  ) => {
    const timeoutMs = context.timeoutMs ?? READY_TIMEOUTS_MS[kind];
    return serverFacts(await settleServer(kind, wanted, timeoutMs, context), state, isInstance);
  };
  return {
    subject: ({ label, hostname }) => `${isInstance ? "server" : "bare-metal server"} '${label ?? hostname ?? ""}'`,

    create: async (inputs, context) => {
      const made = await makeServer(kind, inputs, context);
      const { id } = made;
      const facts = serverFacts(made, {}, isInstance);
      const answered = (): void =>
        context.deferred.add(id, context.api.clock, () => finishServer(kind, id, inputs, context));
      try {
        const ready = await settled({ id, inputs, isFinished: false }, facts, context);
        answered();
        return { id, facts: ready };
      } catch (error) {
        // Deleted meanwhile: there is nothing to keep an id of.
        if (isGone(error)) throw error;
        // The engine keeps it: from then on no replacement must take it up.
        answered();
        throw new Unfinished(id, facts, error as Error);
      }
    },

    read: async (id, known, state, { api, signal, status }) => {
      try {
        return foundServer(await readServer(api, kind, id, { signal, onWait: status }), known, state, isInstance);
      } catch (error) {
        if (isGone(error)) return undefined;
        throw error;
      }
    },

    update: async (id, state, inputs, context) => {
      await context.deferred.drop(id);
      return settled({ id, inputs, isFinished: true }, state, context);
    },

    delete: async (id, _state, context) => {
      const { api, signal, status } = context;
      const options = { signal, onWait: status };
      await context.deferred.drop(id);
      let askedAt = -Infinity;
      await poll(api.clock, {
        signal,
        timeoutMs: context.timeoutMs ?? DELETE_TIMEOUT_MS,
        status,
        waiting: "Vultr has not deleted it yet",
        attempt: async () => {
          try {
            if (api.clock.now() - askedAt < ASK_AGAIN_MS) await readServer(api, kind, id, options);
            else if (await isDeletable(deleteServer(api, kind, id, options))) askedAt = api.clock.now();
          } catch (error) {
            unlessGone(error);
            // A server that somebody still pays for, and that announces, must not be forgotten.
            if (askedAt === -Infinity) await context.confirmGone();
            return { done: true };
          }
          return { wait: "deleting" };
        },
      });
    },
  };
}

/** Whether a deletion was taken; not while Vultr is still at work on the server, and it is asked for again. */
async function isDeletable(deletion: Promise<void>): Promise<boolean> {
  try {
    await deletion;
    return true;
  } catch (error) {
    if (error instanceof VultrError && /lock|pending|in progress|being (installed|deleted|destroyed)/i.test(error.said))
      return false;
    throw error;
  }
}
