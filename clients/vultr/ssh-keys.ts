import { z } from "zod";
import type { CallOptions, VultrApi } from "./api.ts";
import { parseAnswer } from "./parse.ts";

const sshKey = z.object({
  id: z.string().min(1),
  name: z.string(),
  ssh_key: z.string(),
  date_created: z.string().default(""),
});
const answer = z.object({ ssh_key: sshKey });

export type VultrSshKey = z.output<typeof sshKey>;

const PATH = "/v2/ssh-keys";

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

export async function createSshKey(
  api: VultrApi,
  body: { name: string; ssh_key: string },
  options: CallOptions = {},
): Promise<VultrSshKey> {
  return parseAnswer(answer, await api.request({ method: "POST", path: PATH, body }, options), "POST", PATH).ssh_key;
}

export async function readSshKey(api: VultrApi, id: string, options: CallOptions = {}): Promise<VultrSshKey> {
  const path = pathOf(id);
  return parseAnswer(answer, await api.request({ method: "GET", path }, options), "GET", path).ssh_key;
}

export async function changeSshKey(
  api: VultrApi,
  id: string,
  body: { name?: string; ssh_key?: string },
  options: CallOptions = {},
): Promise<void> {
  await api.request({ method: "PATCH", path: pathOf(id), body }, options);
}

export async function deleteSshKey(api: VultrApi, id: string, options: CallOptions = {}): Promise<void> {
  await api.request({ method: "DELETE", path: pathOf(id) }, options);
}

export async function listSshKeys(api: VultrApi, options: CallOptions = {}): Promise<VultrSshKey[]> {
  return parseAnswer(z.array(sshKey), await api.list(PATH, "ssh_keys", options), "GET", PATH);
}
