import { z } from "zod";
import type { VultrServerKind } from "../../model/vultr/resources.ts";
import type { CallOptions, VultrApi } from "./api.ts";
import { parseAnswer } from "./parse.ts";

/** An instance or a bare-metal server as the API shows it; what one of them lacks is missing or null. */
const server = z.object({
  id: z.string().min(1),
  region: z.string(),
  plan: z.string(),
  os: z.string().default(""),
  os_id: z.int(),
  label: z.string().default(""),
  hostname: z.string().nullish(),
  /** `0.0.0.0` until it has one. */
  main_ip: z.string().default("0.0.0.0"),
  /** Empty without IPv6, and at first. */
  v6_main_ip: z.string().nullish(),
  /** `pending`, `active`, `suspended`, `resizing` and so on. */
  status: z.string(),
  power_status: z.string().optional(),
  /** `none`, `locked`, `installingbooting`, `ok`; instances only. */
  server_status: z.string().optional(),
  firewall_group_id: z.string().nullish(),
  features: z.array(z.string()).nullish(),
  tags: z.array(z.string()).nullish(),
  /** Only in the answer to a POST. */
  default_password: z.string().optional(),
  date_created: z.string().default(""),
});

export type VultrServer = z.output<typeof server>;

/** How the API names each kind of server. */
const PLACES = {
  instance: { path: "/v2/instances", one: "instance", many: "instances" },
  bareMetal: { path: "/v2/bare-metals", one: "bare_metal", many: "bare_metals" },
} as const;

/** Text as `user_data` carries it. */
export function encodeUserData(text: string): string {
  return Buffer.from(text).toString("base64");
}

export async function createServer(
  api: VultrApi,
  kind: VultrServerKind,
  body: object,
  options: CallOptions = {},
): Promise<VultrServer> {
  const { path, one } = PLACES[kind];
  return parseOne(await api.request({ method: "POST", path, body }, options), "POST", path, one);
}

export async function readServer(
  api: VultrApi,
  kind: VultrServerKind,
  id: string,
  options: CallOptions = {},
): Promise<VultrServer> {
  const { one } = PLACES[kind];
  const path = serverPath(kind, id);
  return parseOne(await api.request({ method: "GET", path }, options), "GET", path, one);
}

/** Changes what `body` names. */
export async function changeServer(
  api: VultrApi,
  kind: VultrServerKind,
  id: string,
  body: object,
  options: CallOptions = {},
): Promise<void> {
  await api.request({ method: "PATCH", path: serverPath(kind, id), body }, options);
}

export async function deleteServer(
  api: VultrApi,
  kind: VultrServerKind,
  id: string,
  options: CallOptions = {},
): Promise<void> {
  await api.request({ method: "DELETE", path: serverPath(kind, id) }, options);
}

/** Starts an instance that was powered off. */
export async function startInstance(api: VultrApi, id: string, options: CallOptions = {}): Promise<void> {
  await api.request({ method: "POST", path: `${serverPath("instance", id)}/start`, repeatable: true }, options);
}

/** The servers with a tag and a label, or all of them. */
export async function listServers(
  api: VultrApi,
  kind: VultrServerKind,
  query: { tag?: string; label?: string } = {},
  options: CallOptions = {},
): Promise<VultrServer[]> {
  const { path, many } = PLACES[kind];
  const found = parseAnswer(z.array(server), await api.list(path, many, { ...options, query }), "GET", path);
  // An API that does not know a filter answers with all of them.
  return found.filter(
    ({ tags, label }) =>
      (query.tag === undefined || tags?.includes(query.tag)) && (query.label === undefined || label === query.label),
  );
}

function serverPath(kind: VultrServerKind, id: string): string {
  return `${PLACES[kind].path}/${encodeURIComponent(id)}`;
}

function parseOne(answer: unknown, method: string, path: string, key: string): VultrServer {
  return parseAnswer(z.object({ [key]: server }), answer, method, path)[key] as VultrServer;
}
