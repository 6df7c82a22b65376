import { z } from "zod";
import { VultrError } from "../../clients/vultr/error.ts";
import { changeServer, encodeUserData } from "../../clients/vultr/servers.ts";
import type { VultrFirstContactDoneInputs } from "../../model/vultr/resources.ts";
import type { ResourceType } from "./resource.ts";
import { finishForgotten } from "./server-finish.ts";

/** What stands in the user data afterwards. */
export const USER_DATA_STUB = "#cloud-config\n# First contact is over; its host key and keys are on the host alone.\n";

/**
 * Overwrites a server's user data, which has the host's private key, when it is not needed any more. The server is marked as complete
 * by then.
 */
export const firstContactDone: ResourceType<VultrFirstContactDoneInputs> = {
  about: "Overwrites a server's user data with a stub when first contact is over.",
  subject: ({ serverId }) => `user data of server ${serverId ?? ""}`,
  inputs: {
    serverId: { schema: z.string().min(1, "must not be empty"), change: "replace", about: "The server's id." },
    kind: {
      schema: z.enum(["instance", "bareMetal"], "must be instance or bareMetal"),
      change: "replace",
      about: "`instance` or `bareMetal`.",
    },
  },
  outputs: {},

  create: async ({ serverId, kind }, context) => {
    const { api, signal, status, warn } = context;
    // What depends on a server is created when the state has the server.
    await context.deferred.finish(serverId);
    await finishForgotten(kind, serverId, context);
    try {
      await changeServer(
        api,
        kind,
        serverId,
        { user_data: encodeUserData(USER_DATA_STUB) },
        { signal, onWait: status },
      );
    } catch (error) {
      if (!(error instanceof VultrError) || error.kind !== "refused") throw error;
      warn(
        `Vultr keeps the user data of server ${serverId} (${error.said}). The host's private SSH key stays readable in ` +
          `it, from the host itself and with the account's API key; remove it at my.vultr.com → the server → Settings → ` +
          `Cloud-Init User-Data.`,
      );
    }
    return { id: serverId, facts: {} };
  },

  read: async (id, known) => ({ inputs: { serverId: id, kind: known.kind ?? "instance" }, facts: {} }),
  update: async () => ({}),
  delete: async () => {},
};
