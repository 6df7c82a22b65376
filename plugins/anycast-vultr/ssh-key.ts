import { z } from "zod";
import { isGone } from "../../clients/vultr/error.ts";
import { changeSshKey, createSshKey, deleteSshKey, listSshKeys, readSshKey } from "../../clients/vultr/ssh-keys.ts";
import type { VultrSshKeyInputs } from "../../model/vultr/resources.ts";
import { createOnce } from "./create-once.ts";
import type { ResourceType } from "./resource.ts";

/** An SSH key of the account. */
export const sshKey: ResourceType<VultrSshKeyInputs> = {
  about: "An SSH key of the account, let in by servers that are made with its id.",
  subject: ({ name }) => `SSH key '${name ?? ""}'`,
  inputs: {
    name: { schema: z.string().min(1, "must not be empty"), change: "update", about: "Shown at Vultr." },
    sshKey: {
      schema: z
        .string()
        .trim()
        .regex(/^\S+ \S+[^\n]*$/, "must be one public key, as in `ssh-ed25519 AAAA…`"),
      change: "update",
      about: "The public key, as one line of `authorized_keys`.",
    },
  },
  outputs: { dateCreated: { type: "string", about: "When it was made, as in ISO 8601." } },

  create: async (inputs, { api, signal, status }) => {
    const body = { name: inputs.name, ssh_key: inputs.sshKey };
    const options = { signal, onWait: status };
    const made = await createOnce({
      api,
      signal,
      list: () => listSshKeys(api, options),
      isSame: (key) => key.name === body.name && key.ssh_key.trim() === body.ssh_key,
      create: () => createSshKey(api, body, options),
    });
    return { id: made.id, facts: { dateCreated: made.date_created } };
  },

  read: async (id, _known, _state, { api, signal, status }) => {
    try {
      const key = await readSshKey(api, id, { signal, onWait: status });
      return {
        inputs: { name: key.name, sshKey: key.ssh_key.trim() },
        facts: { dateCreated: key.date_created },
      };
    } catch (error) {
      if (isGone(error)) return undefined;
      throw error;
    }
  },

  update: async (id, state, { name, sshKey: text }, { api, signal, status }) => {
    const body = {
      ...(state["name"] === name ? {} : { name }),
      ...(state["sshKey"] === text ? {} : { ssh_key: text }),
    };
    if (Object.keys(body).length > 0) await changeSshKey(api, id, body, { signal, onWait: status });
    return { dateCreated: state["dateCreated"] ?? "" };
  },

  delete: async (id, _state, { api, signal, status }) => {
    await deleteSshKey(api, id, { signal, onWait: status }).catch(unlessGone);
  },
};

/** Swallows the error of a thing that is not there any more. */
export function unlessGone(error: unknown): void {
  if (!isGone(error)) throw error;
}
