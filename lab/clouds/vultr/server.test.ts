import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { CloudFaultKind } from "../faults.ts";
import { memoryCloud, type VultrCloud } from "./cloud.ts";
import { serveVultrApi, type VultrApi } from "./server.ts";

const SERVER = { region: "ams", plan: "vc2-1c-2gb", os_id: 2136, label: "ams", hostname: "ams", tags: ["a"] };
const RULE = { ip_type: "v6", protocol: "tcp", port: "22", subnet: "2001:db8::", subnet_size: 32 };

let now = 0;
let cloud: VultrCloud;
let api: VultrApi;

beforeEach(async () => {
  now = 1_800_000_000_000;
  cloud = memoryCloud({
    now: () => now,
    pace: { latencyMs: 0, pendingMs: 1000, bootingMs: 1000, lateIpv6Ms: 500, deletingMs: 1000 },
  });
  api = await serveVultrApi(cloud);
});

afterEach(async () => {
  await api.close();
});

interface Reply {
  status: number;
  body: unknown;
  headers: Headers;
}

async function ask(method: string, path: string, body?: object, key = "KEY"): Promise<Reply> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: key === "" ? {} : { authorization: `Bearer ${key}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type") === "application/json";
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers };
}

const madeSchema = z.record(z.string(), z.object({ id: z.union([z.string(), z.number()]) }));

async function make(path: string, body: object): Promise<string> {
  const made = Object.values(madeSchema.parse((await ask("POST", path, body)).body))[0];
  return String(made?.id);
}

/** The body of the one thing behind an id, without the word around it. */
async function see(path: string): Promise<unknown> {
  const { status, body } = await ask("GET", path);
  return status === 200 ? Object.values(body as object)[0] : body;
}

test("an instance is pending, then boots, then runs; its addresses come late, IPv6 last", async () => {
  const { status, body } = await ask("POST", "/v2/instances", { ...SERVER, enable_ipv6: true });
  expect(status).toBe(202);
  expect(body).toMatchObject({
    instance: { status: "pending", main_ip: "0.0.0.0", default_password: expect.any(String) as string },
  });
  const path = `/v2/instances/${String(Object.values(madeSchema.parse(body))[0]?.id)}`;
  now += 1001;
  expect(await see(path)).toMatchObject({ status: "active", server_status: "installingbooting", v6_main_ip: "" });
  now += 500;
  expect(await see(path)).toMatchObject({ main_ip: "198.18.0.1", v6_main_ip: "2001:db8:1::1" });
  now += 500;
  expect(await see(path)).toMatchObject({ server_status: "ok", power_status: "running", tags: ["a"] });
  expect(await see(path)).not.toHaveProperty("default_password");
});

test("bare metal has neither power nor hostname nor firewall, and texts where instances have numbers", async () => {
  const id = await make("/v2/bare-metals", { ...SERVER, plan: "vbm-4c-32gb", firewall_group_id: "none" });
  now += 2001;
  const shown = await see(`/v2/bare-metals/${id}`);
  expect(shown).toMatchObject({ status: "active", ram: "32768 MB", mac_address: expect.any(Number) as number });
  for (const name of ["power_status", "server_status", "hostname", "firewall_group_id"])
    expect(shown).not.toHaveProperty(name);
  expect(await see(`/v2/instances/${id}`)).toMatchObject({ status: 404 });
});

test("a server that was deleted shows for a while, then not at all, in one of two texts", async () => {
  const id = await make("/v2/instances", SERVER);
  expect((await ask("DELETE", `/v2/instances/${id}`)).status).toBe(204);
  expect(await see(`/v2/instances/${id}`)).toMatchObject({ id });
  now += 1001;
  const texts = [await see(`/v2/instances/${id}`), await see(`/v2/instances/${id}?x=1`)];
  expect(new Set(texts.map((each) => JSON.stringify(each)))).toEqual(
    new Set(['{"error":"instance not found","status":404}', '{"error":"invalid instance ID","status":404}']),
  );
  expect((await ask("DELETE", `/v2/instances/${id}`)).status).toBe(404);
  await ask("GET", "/v2/account");
  expect((await cloud.store.read()).servers).toEqual([]);
});

test("what changes in place, and what the account may halt and start", async () => {
  const group = await make("/v2/firewalls", { description: "g" });
  const id = await make("/v2/instances", SERVER);
  const change = { label: "b", tags: [], plan: "vc2-2c-4gb", firewall_group_id: group, enable_ipv6: true };
  expect((await ask("PATCH", `/v2/instances/${id}`, change)).status).toBe(202);
  expect(await see(`/v2/instances/${id}`)).toMatchObject({ label: "b", tags: [], plan: "vc2-2c-4gb", ram: 4096 });
  expect(await see(`/v2/firewalls/${group}`)).toMatchObject({ instance_count: 1 });
  await ask("POST", `/v2/instances/${id}/halt`);
  expect(await see(`/v2/instances/${id}`)).toMatchObject({ power_status: "stopped" });
  await ask("PATCH", `/v2/instances/${id}`, { user_data: "c3R1Yg==" });
  expect(await see(`/v2/instances/${id}/user-data`)).toEqual({ data: "c3R1Yg==" });
});

test("rules come back in long forms; duplicates and those beyond the limit are refused; they go with their group", async () => {
  await api.close();
  cloud = memoryCloud({ maxRuleCount: 2 });
  api = await serveVultrApi(cloud);
  const group = await make("/v2/firewalls", { description: "g" });
  const path = `/v2/firewalls/${group}/rules`;
  expect((await ask("POST", path, RULE)).body).toMatchObject({
    firewall_rule: { id: 1, subnet: "2001:0db8:0000:0000:0000:0000:0000:0000", source: "2001:db8:0:0:0:0:0:0/32" },
  });
  const again = await ask("POST", path, { ...RULE, subnet: "2001:DB8:0::" });
  expect(again).toMatchObject({ status: 400, body: { error: "This rule is already defined" } });
  const icmp = { ip_type: "v4", protocol: "icmp", subnet: "0.0.0.0", subnet_size: 0 };
  expect((await ask("POST", path, icmp)).body).toMatchObject({ firewall_rule: { source: "0.0.0.0/0" } });
  expect(await ask("POST", path, { ...RULE, port: "8000:8010" })).toMatchObject({ status: 400 });
  expect(await see(`/v2/firewalls/${group}`)).toMatchObject({ rule_count: 2, max_rule_count: 2 });
  expect((await ask("DELETE", `/v2/firewalls/${group}`)).status).toBe(204);
  expect(await ask("GET", path)).toMatchObject({ status: 404, body: { error: "Invalid firewall group ID." } });
});

test("a key loses the blanks around it", async () => {
  const id = await make("/v2/ssh-keys", { name: "k", ssh_key: "ssh-ed25519 AAAA me \n" });
  expect(await see(`/v2/ssh-keys/${id}`)).toMatchObject({ ssh_key: "ssh-ed25519 AAAA me" });
  expect((await ask("PATCH", `/v2/ssh-keys/${id}`, { ssh_key: "no key" })).status).toBe(400);
  expect((await ask("DELETE", `/v2/ssh-keys/${id}`)).status).toBe(204);
  expect(await see(`/v2/ssh-keys/${id}`)).toEqual({ error: "Invalid SSH Key ID.", status: 404 });
});

test("a list goes on from page to page, also when its last entry goes meanwhile", async () => {
  const ids: string[] = [];
  for (let number = 0; number < 12; number += 1) ids.push(await make("/v2/instances", { ...SERVER, tags: ["t"] }));
  await make("/v2/instances", { ...SERVER, tags: ["other"] });
  const listSchema = z.object({
    instances: z.array(z.object({ id: z.string() })),
    meta: z.object({ links: z.object({ next: z.string() }) }),
  });
  const first = listSchema.parse((await ask("GET", "/v2/instances?tag=t&per_page=500")).body);
  expect(first.instances).toHaveLength(10);
  await ask("DELETE", `/v2/instances/${first.instances.at(-1)?.id ?? ""}`);
  now += 1001;
  const { next } = first.meta.links;
  const second = listSchema.parse((await ask("GET", `/v2/instances?tag=t&cursor=${encodeURIComponent(next)}`)).body);
  expect([...first.instances, ...second.instances].map(({ id }) => id)).toEqual(ids);
  expect(second.meta.links.next).toBe("");
});

test("anybody gets what is sold, its key's holder the account; there is no VPC 2.0 and no list of prefixes", async () => {
  expect((await ask("GET", "/v2/plans", undefined, "")).body).toMatchObject({
    plans: expect.arrayContaining([expect.objectContaining({ id: "vc2-1c-2gb", monthly_cost: 10 })]) as unknown,
  });
  expect((await ask("GET", "/v2/account/bgp")).body).toEqual({
    enabled: true,
    asn: 64500,
    password: "abcdefghijklmnop",
  });
  expect(await ask("GET", "/v2/account/bgp", undefined, "")).toMatchObject({ status: 401 });
  expect(await ask("GET", "/v2/account/bgp", undefined, "other")).toMatchObject({ status: 401 });
  expect(await ask("GET", "/v2/account/bgp/prefixes")).toMatchObject({ status: 404 });
  expect(await ask("GET", `/v2/instances/${await make("/v2/instances", SERVER)}/vpc2`)).toMatchObject({ status: 404 });
  expect((await ask("GET", "/rpki.json", undefined, "")).body).toMatchObject({
    roas: [{ asn: "AS64500", prefix: "203.0.113.0/24", maxLength: 24 }, { maxLength: 48 }],
  });
});

test("more than 30 requests in a second are refused, until the second is over", async () => {
  const statuses: number[] = [];
  for (let number = 0; number < 31; number += 1) statuses.push((await ask("GET", "/v2/account")).status);
  expect(statuses.slice(-2)).toEqual([200, 429]);
  now += 1000;
  expect((await ask("GET", "/v2/account")).status).toBe(200);
});

test.each<[CloudFaultKind, number, unknown]>([
  ["unauthorized", 401, { error: "Invalid API token.", status: 401 }],
  ["forbidden", 403, { error: "Unauthorized IP address: 192.0.2.1", status: 403 }],
  ["rate-limit", 429, expect.objectContaining({ status: 429 })],
  ["rate-limit-silent", 429, expect.objectContaining({ status: 429 })],
  ["server-error", 500, expect.objectContaining({ status: 500 })],
  ["unavailable", 503, expect.objectContaining({ status: 503 })],
  ["html", 502, expect.stringContaining("<html>")],
  ["html-ok", 200, expect.stringContaining("<html>")],
  ["quota", 400, expect.objectContaining({ status: 400 })],
  ["out-of-stock", 400, expect.objectContaining({ status: 400 })],
])("with %s an order is answered with %d, and nothing is made", async (kind, status, body) => {
  await cloud.faults.fail({ kind, where: "ams" });
  const reply = await ask("POST", "/v2/instances", SERVER);
  expect(reply.status).toBe(status);
  expect(reply.body).toEqual(body);
  expect(reply.headers.get("retry-after")).toBe(kind === "rate-limit" ? "1" : null);
  expect((await cloud.store.read()).servers).toEqual([]);
  expect((await ask("POST", "/v2/instances", { ...SERVER, region: "fra", label: "x", hostname: "x" })).status).toBe(
    202,
  );
});

test.each<[CloudFaultKind, number]>([
  ["cut", 0],
  ["done-cut", 1],
  ["done-500", 1],
])("with %s an order leaves %d servers", async (kind, count) => {
  await cloud.faults.fail({ kind, where: "all" });
  const reply = await ask("POST", "/v2/instances", SERVER).catch(() => undefined);
  expect(reply?.status).toBe(kind === "done-500" ? 500 : undefined);
  expect((await cloud.store.read()).servers).toHaveLength(count);
});

test("a fault can wait for a request, and be over after some", async () => {
  await cloud.faults.fail({ kind: "unavailable", where: "all", on: "GET /v2/ssh-keys", after: 1, times: 2 });
  const statuses: number[] = [];
  for (const path of ["/v2/ssh-keys", "/v2/instances", "/v2/ssh-keys", "/v2/ssh-keys", "/v2/ssh-keys"])
    statuses.push((await ask("GET", path)).status);
  expect(statuses).toEqual([200, 200, 503, 503, 200]);
});

test("a server that hangs stays pending until that is healed; one can be suspended; a plan can go", async () => {
  const id = await make("/v2/instances", SERVER);
  now += 2001;
  await cloud.faults.fail({ kind: "half-created", where: id });
  expect(await see(`/v2/instances/${id}`)).toMatchObject({ status: "pending", main_ip: "0.0.0.0" });
  await cloud.faults.heal(id);
  await cloud.faults.fail({ kind: "suspended", where: "ams" });
  expect(await see(`/v2/instances/${id}`)).toMatchObject({ status: "suspended", power_status: "stopped" });
  await cloud.faults.fail({ kind: "plan-gone", where: SERVER.plan });
  expect((await ask("POST", "/v2/instances", SERVER)).body).toMatchObject({ error: "Invalid plan chosen." });
  expect(JSON.stringify((await ask("GET", "/v2/plans")).body)).not.toContain(`"${SERVER.plan}"`);
});

test("every request is on record, with its body", async () => {
  await ask("POST", "/v2/instances", SERVER);
  expect(api.requests).toMatchObject([
    { at: now, method: "POST", path: "/v2/instances", status: 202, body: JSON.stringify(SERVER) },
  ]);
});
