import { randomUUID } from "node:crypto";
import { DONE, Refusal, page } from "./answers.ts";
import type { Route } from "./request.ts";
import type { StoredKey, VultrState } from "./state.ts";

const SSH_KEY = /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp\d+|sk-\S+) [A-Za-z0-9+/=]+( .*)?$/;

function shown({ id, name, sshKey, dateCreated }: StoredKey): object {
  return { id, date_created: dateCreated, name, ssh_key: sshKey };
}

function keyOf({ keys }: VultrState, id: string | undefined): StoredKey {
  const key = keys.find((each) => each.id === id);
  if (key === undefined) throw new Refusal(404, "Invalid SSH Key ID.");
  return key;
}

function checkedKey(text: string): string {
  // What is stored has lost the blanks around it.
  if (!SSH_KEY.test(text.trim())) throw new Refusal(400, "Invalid SSH Key.");
  return text.trim();
}

/** `/v2/ssh-keys`. */
export const keyRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v2/ssh-keys",
    answer: async ({ cloud, body }) => {
      const [name, sshKey] = [body.text("name") ?? "", checkedKey(body.text("ssh_key") ?? "")];
      if (name === "") throw new Refusal(400, "Invalid name.");
      const id = randomUUID();
      const dateCreated = new Date(cloud.now()).toISOString();
      const state = await cloud.store.change((old) => ({
        ...old,
        next: old.next + 1,
        keys: [...old.keys, { id, number: old.next, name, sshKey, dateCreated }],
      }));
      return { status: 201, body: { ssh_key: shown(keyOf(state, id)) } };
    },
  },
  {
    method: "GET",
    path: "/v2/ssh-keys",
    answer: async ({ cloud, query }) => {
      const { keys } = await cloud.store.read();
      return page("ssh_keys", keys, ({ number }) => number, shown, { query, pageSize: cloud.pageSize });
    },
  },
  {
    method: "GET",
    path: "/v2/ssh-keys/*",
    answer: async ({ cloud, ids: [id] }) => ({
      status: 200,
      body: { ssh_key: shown(keyOf(await cloud.store.read(), id)) },
    }),
  },
  {
    method: "PATCH",
    path: "/v2/ssh-keys/*",
    answer: async ({ cloud, body, ids: [id] }) => {
      const [name, sshKey] = [body.text("name"), body.text("ssh_key")];
      await cloud.store.change((state) => {
        const old = keyOf(state, id);
        const changed = {
          ...old,
          name: name ?? old.name,
          sshKey: sshKey === undefined ? old.sshKey : checkedKey(sshKey),
        };
        return { ...state, keys: state.keys.map((each) => (each === old ? changed : each)) };
      });
      return DONE;
    },
  },
  {
    method: "DELETE",
    path: "/v2/ssh-keys/*",
    answer: async ({ cloud, ids: [id] }) => {
      await cloud.store.change((state) => {
        const old = keyOf(state, id);
        return { ...state, keys: state.keys.filter((each) => each !== old) };
      });
      return DONE;
    },
  },
];
