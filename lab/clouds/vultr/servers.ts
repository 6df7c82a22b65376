import { randomBytes, randomUUID } from "node:crypto";
import { DONE, Refusal, page, type Answer } from "./answers.ts";
import { VULTR_METAL_PLANS, VULTR_OS, VULTR_PLANS, VULTR_REGIONS } from "./catalog.ts";
import { rulesIn } from "./firewalls.ts";
import type { PowerChange } from "./machines.ts";
import type { Body, Call, Route } from "./request.ts";
import { shownServer } from "./server-body.ts";
import { isThere } from "./server-status.ts";
import type { ServerKind, StoredServer, VultrState } from "./state.ts";
import { tend } from "./tend.ts";

/** What differs between both kinds of servers. */
interface Kind {
  readonly kind: ServerKind;
  readonly path: string;
  /** The key of one in a body. */
  readonly one: string;
  readonly many: string;
  readonly plans: readonly { readonly id: string }[];
  /** Both texts that users reported for one that is gone: from the one or the other part of the API. */
  readonly gone: readonly [string, string];
}

const INSTANCES: Kind = {
  kind: "instance",
  path: "/v2/instances",
  one: "instance",
  many: "instances",
  plans: VULTR_PLANS,
  gone: ["instance not found", "invalid instance ID"],
};

const BARE_METALS: Kind = {
  kind: "bareMetal",
  path: "/v2/bare-metals",
  one: "bare_metal",
  many: "bare_metals",
  plans: VULTR_METAL_PLANS,
  gone: ["bare metal not found", "invalid bare metal ID"],
};

/** The longest user data that the API takes, in bytes before its base64. */
const USER_DATA_LIMIT = 48 * 1024;

function serverOf({ cloud, ids: [id = ""], query }: Call, own: Kind, { servers }: VultrState): StoredServer {
  const server = servers.find((each) => each.id === id && each.kind === own.kind && isThere(cloud, each));
  // No two requests for what is gone are answered alike.
  if (server === undefined) throw new Refusal(404, own.gone[(id.charCodeAt(0) + query.size) % 2] ?? own.gone[0]);
  return server;
}

function checkedUserData(body: Body): string {
  const text = body.text("user_data") ?? "";
  if (Buffer.from(text, "base64").toString("base64") !== text) throw new Refusal(400, "Invalid user data.");
  if (Buffer.from(text, "base64").length > USER_DATA_LIMIT) throw new Refusal(400, "User data is too long.");
  return text;
}

async function checkPlan({ cloud }: Call, plans: readonly { id: string }[], plan: string): Promise<void> {
  if (!plans.some(({ id }) => id === plan) || (await cloud.faults.isOn("plan-gone", [plan])))
    throw new Refusal(400, "Invalid plan chosen.");
}

async function ordered(call: Call, own: Kind): Promise<Omit<StoredServer, "number">> {
  const { cloud, body } = call;
  const [region, plan, osId] = [body.text("region") ?? "", body.text("plan") ?? "", body.number("os_id")];
  if (!VULTR_REGIONS.some(({ id }) => id === region)) throw new Refusal(400, "Invalid region chosen.");
  await checkPlan(call, own.plans, plan);
  if (osId === undefined || !VULTR_OS.some(({ id }) => id === osId)) throw new Refusal(400, "Invalid OS chosen.");
  const hostname = body.text("hostname") ?? "";
  if (!/^[A-Za-z0-9.-]{0,63}$/.test(hostname)) throw new Refusal(400, "Invalid hostname.");
  return {
    id: randomUUID(),
    kind: own.kind,
    orderedAt: cloud.now(),
    region,
    plan,
    osId,
    label: body.text("label") ?? "",
    hostname: hostname === "" ? "vultr-guest" : hostname,
    tags: body.texts("tags") ?? [],
    enableIpv6: body.flag("enable_ipv6") ?? false,
    keyIds: body.texts("sshkey_id") ?? [],
    groupId: own.kind === "instance" ? (body.text("firewall_group_id") ?? "") : "",
    userData: checkedUserData(body),
    defaultPassword: randomBytes(12).toString("base64url"),
    isPoweredOn: true,
  };
}

function checkReferences({ keys, groups }: VultrState, keyIds: readonly string[], groupId: string): void {
  if (keyIds.some((id) => !keys.some((key) => key.id === id))) throw new Refusal(400, "Invalid SSH key ID.");
  if (groupId !== "" && !groups.some(({ id }) => id === groupId)) throw new Refusal(400, "Invalid firewall group ID.");
}

async function create(call: Call, own: Kind): Promise<Answer> {
  const { cloud } = call;
  const asked = await ordered(call, own);
  const state = await cloud.store.change((old) => {
    checkReferences(old, asked.keyIds, asked.groupId);
    return { ...old, next: old.next + 1, servers: [...old.servers, { ...asked, number: old.next }] };
  });
  const made = state.servers.find(({ id }) => id === asked.id);
  if (made === undefined) throw new Refusal(500, "Internal server error.");
  call.afterwards(() => tend(cloud));
  const body = { ...(await shownServer(cloud, made)), default_password: made.defaultPassword };
  return { status: 202, body: { [own.one]: body } };
}

async function list({ cloud, query }: Call, own: Kind): Promise<Answer> {
  const { servers } = await cloud.store.read();
  const wanted = servers.filter(
    (each) =>
      each.kind === own.kind &&
      isThere(cloud, each) &&
      isWanted(query.get("label"), [each.label]) &&
      isWanted(query.get("tag"), each.tags) &&
      isWanted(query.get("region"), [each.region]) &&
      isWanted(query.get("firewall_group_id"), [each.groupId]) &&
      isWanted(query.get("main_ip"), [each.addresses?.ipv4 ?? "0.0.0.0"]),
  );
  const shown = new Map(await Promise.all(wanted.map(async (each) => [each, await shownServer(cloud, each)] as const)));
  const show = (each: StoredServer): object => shown.get(each) ?? {};
  return page(own.many, wanted, ({ number }) => number, show, { query, pageSize: cloud.pageSize });
}

function isWanted(filter: string | null, values: readonly string[]): boolean {
  return filter === null || values.includes(filter);
}

/** Changes a server. @returns it as it is then */
async function change(
  call: Call,
  own: Kind,
  next: (old: StoredServer, state: VultrState) => StoredServer,
): Promise<StoredServer> {
  let changed: StoredServer | undefined;
  await call.cloud.store.change((state) => {
    const old = serverOf(call, own, state);
    const now = (changed = next(old, state));
    return { ...state, servers: state.servers.map((each) => (each === old ? now : each)) };
  });
  if (changed === undefined) throw new Refusal(500, "Internal server error.");
  return changed;
}

async function update(call: Call, own: Kind): Promise<Answer> {
  const { cloud, body } = call;
  const isInstance = own.kind === "instance";
  const [plan, groupId] = isInstance ? [body.text("plan"), body.text("firewall_group_id")] : [];
  if (plan !== undefined) await checkPlan(call, own.plans, plan);
  const [osId, userData] = [
    body.number("os_id"),
    body.text("user_data") === undefined ? undefined : checkedUserData(body),
  ];
  if (osId !== undefined && !VULTR_OS.some(({ id }) => id === osId)) throw new Refusal(400, "Invalid OS chosen.");
  const changed = await change(call, own, (old, state) => {
    checkReferences(state, [], groupId ?? "");
    return {
      ...old,
      plan: plan ?? old.plan,
      groupId: groupId ?? old.groupId,
      osId: osId ?? old.osId,
      userData: userData ?? old.userData,
      label: body.text("label") ?? old.label,
      tags: body.texts("tags") ?? old.tags,
      // Once a server has IPv6, it keeps it.
      enableIpv6: old.enableIpv6 || body.flag("enable_ipv6") === true,
    };
  });
  if (groupId !== undefined) {
    const rules = groupId === "" ? undefined : rulesIn(await cloud.store.read(), groupId);
    await cloud.machines.protect(changed, rules);
  }
  return { status: 202, body: { [own.one]: await shownServer(cloud, changed) } };
}

async function setPower(call: Call, own: Kind, word: PowerChange): Promise<Answer> {
  const changed = await change(call, own, (old) => ({ ...old, isPoweredOn: word !== "halt" }));
  call.afterwards(() => call.cloud.machines.power(changed, word));
  return DONE;
}

async function remove(call: Call, own: Kind): Promise<Answer> {
  await change(call, own, (old) => {
    if (old.deletedAt !== undefined) throw new Refusal(404, own.gone[0]);
    return { ...old, deletedAt: call.cloud.now() };
  });
  call.afterwards(() => tend(call.cloud));
  return DONE;
}

function routesOf(own: Kind): Route[] {
  const one = `${own.path}/*`;
  const power = (word: PowerChange): Route => ({
    method: "POST",
    path: `${one}/${word}`,
    answer: (call) => setPower(call, own, word),
  });
  return [
    { method: "POST", path: own.path, answer: (call) => create(call, own) },
    { method: "GET", path: own.path, answer: (call) => list(call, own) },
    {
      method: "GET",
      path: one,
      answer: async (call) => {
        const server = serverOf(call, own, await call.cloud.store.read());
        return { status: 200, body: { [own.one]: await shownServer(call.cloud, server) } };
      },
    },
    { method: "PATCH", path: one, answer: (call) => update(call, own) },
    { method: "DELETE", path: one, answer: (call) => remove(call, own) },
    {
      method: "GET",
      path: `${one}/user-data`,
      answer: async (call) => {
        const { userData } = serverOf(call, own, await call.cloud.store.read());
        return { status: 200, body: { user_data: { data: userData } } };
      },
    },
    power("start"),
    power("halt"),
    power("reboot"),
  ];
}

/** `/v2/instances` and `/v2/bare-metals`. */
export const serverRoutes: readonly Route[] = [INSTANCES, BARE_METALS].flatMap(routesOf);
