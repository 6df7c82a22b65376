import { expect, test } from "vitest";
import { containsSecret, plain, secret, UNKNOWN, type WireObject } from "../../plugins/anycast-vultr/wire.ts";
import { realClock } from "../../clients/vultr/clock.ts";
import { IDENTITY, SERVER, STACKS_KEY, startCloud } from "./cloud.ts";
import type { EngineError } from "./engine.ts";

const RULE = { protocol: "tcp", port: "22", from: "192.0.2.0/24" };

async function failureOf(promise: Promise<unknown>): Promise<EngineError> {
  return promise.then(
    () => expect.unreachable("did not fail"),
    (error: unknown) => error as EngineError,
  );
}

test.each<[string, string, WireObject, string[]]>([
  ["a key without a name", "SshKey", { sshKey: "ssh-ed25519 A" }, ["name: is required"]],
  [
    "a private key",
    "SshKey",
    { name: "a", sshKey: "-----BEGIN\nKEY" },
    ["sshKey: must be one public key, as in `ssh-ed25519 AAAA…`"],
  ],
  ["an unknown input", "FirewallGroup", { description: "a", note: "b" }, ["note: is not known; there is description"]],
  [
    "a rule without a port",
    "FirewallRules",
    { groupId: "g", rules: [{ protocol: "tcp", from: "::/0" }] },
    ["rules.0: tcp and udp need a port"],
  ],
  [
    "a rule from nowhere",
    "FirewallRules",
    { groupId: "g", rules: [{ ...RULE, from: "anywhere" }] },
    ["rules.0.from: must be a network, as in 192.0.2.0/24 or 2001:db8::/32"],
  ],
  ["a system by name", "Instance", { ...SERVER, osId: "Debian" }, ["osId: must be a number, as 2136"]],
  ["an empty region", "Instance", { ...SERVER, region: "" }, ["region: must not be empty"]],
  [
    "bare metal behind a group",
    "BareMetalServer",
    { ...SERVER, firewallGroupId: "g" },
    [expect.stringMatching(/^firewallGroupId: is not known/)],
  ],
])("check refuses %s", async (_name, type, inputs, failures) => {
  const { engine } = await startCloud();
  expect((await engine.check(engine.urn(type), inputs)).failures).toEqual(failures);
});

test("check brings inputs into their normal form, hides what is secret and leaves what is unknown", async () => {
  const { engine } = await startCloud();
  const key = await engine.check(engine.urn("SshKey"), { name: "a", sshKey: " ssh-ed25519 A b \n" });
  expect(key).toEqual({ inputs: { name: "a", sshKey: "ssh-ed25519 A b" }, failures: [] });
  const rules = [
    { protocol: "tcp", port: "22", from: "2001:0db8:0:0::1/32", notes: "" },
    { protocol: "tcp", port: "22", from: "2001:db8::/32" },
    { protocol: "udp", port: "8000 - 8010", from: "192.0.2.1" },
  ];
  expect((await engine.check(engine.urn("FirewallRules"), { groupId: UNKNOWN, rules })).inputs).toEqual({
    groupId: UNKNOWN,
    rules: [
      { protocol: "tcp", port: "22", from: "2001:db8::/32" },
      { protocol: "udp", port: "8000:8010", from: "192.0.2.1/32" },
    ],
  });
  const server = await engine.check(engine.urn("Instance"), { ...SERVER, sshKeyIds: [UNKNOWN], osId: UNKNOWN });
  expect(server.failures).toEqual([]);
  expect(server.inputs).toMatchObject({ sshKeyIds: [UNKNOWN], osId: UNKNOWN, userData: secret(SERVER["userData"]) });
});

test.each<[string, WireObject, { changes: string; replaces: string[]; diffs: string[] }]>([
  ["nothing", {}, { changes: "none", replaces: [], diffs: [] }],
  ["region", { region: "sea" }, { changes: "some", replaces: ["region"], diffs: ["region"] }],
  ["plan", { plan: "b" }, { changes: "some", replaces: ["plan"], diffs: ["plan"] }],
  ["generation", { generation: "2" }, { changes: "some", replaces: ["generation"], diffs: ["generation"] }],
  ["osId", { osId: 477 }, { changes: "some", replaces: ["osId"], diffs: ["osId"] }],
  ["an unknown osId", { osId: UNKNOWN }, { changes: "some", replaces: ["osId"], diffs: ["osId"] }],
  ["label", { label: "b" }, { changes: "some", replaces: [], diffs: ["label"] }],
  ["firewallGroupId", { firewallGroupId: UNKNOWN }, { changes: "some", replaces: [], diffs: ["firewallGroupId"] }],
  ["the order of tags", { tags: ["prod", "pulumi-anycast"] }, { changes: "none", replaces: [], diffs: [] }],
  ["user data", { userData: "other" }, { changes: "none", replaces: [], diffs: [] }],
  ["unknown user data", { userData: secret(UNKNOWN) }, { changes: "none", replaces: [], diffs: [] }],
  ["SSH keys", { sshKeyIds: ["a"] }, { changes: "none", replaces: [], diffs: [] }],
  ["identity", { identity: "f".repeat(32) }, { changes: "none", replaces: [], diffs: [] }],
])("diff: another value for %s", async (_name, change, expected) => {
  const { engine } = await startCloud();
  const state = { ...SERVER, powerStatus: "running" };
  expect(await engine.diff(engine.urn("Instance"), "id", state, SERVER, { ...SERVER, ...change })).toEqual(expected);
});

test("a server that was powered off is changed, and started", async () => {
  const { engine, cloud } = await startCloud();
  const urn = engine.urn("Instance");
  const { id, state } = await engine.create(urn, SERVER);
  await cloud.store.change((old) => ({
    ...old,
    servers: old.servers.map((server) => ({ ...server, isPoweredOn: false })),
  }));
  const live = await engine.read(urn, id, { inputs: SERVER, state });
  expect(live?.state["powerStatus"]).toBe("stopped");
  const diff = await engine.diff(urn, id, live?.state ?? {}, live?.inputs ?? {}, SERVER);
  expect(diff).toEqual({ changes: "some", replaces: [], diffs: ["powerStatus"] });
  expect(await engine.update(urn, id, live?.state ?? {}, SERVER)).toMatchObject({ powerStatus: "running" });
});

test("rules are the same in any order and form", async () => {
  const { engine } = await startCloud();
  const old = { groupId: "g", rules: [{ protocol: "icmp", from: "::/0" }, RULE] };
  const news = {
    groupId: "g",
    rules: [
      { ...RULE, notes: "" },
      { protocol: "icmp", from: "0:0::/0" },
    ],
  };
  expect(await engine.diff(engine.urn("FirewallRules"), "g", old, old, news)).toMatchObject({ changes: "none" });
});

test("rules are opened before others are closed, by hand made ones go, and none is made twice", async () => {
  const { engine, api, cloud } = await startCloud({ maxRuleCount: 3 });
  const group = await engine.create(engine.urn("FirewallGroup"), { description: "g" });
  const urn = engine.urn("FirewallRules");
  const inputs = { groupId: group.id, rules: [RULE, { protocol: "icmp", from: "::/0" }] };
  const { id, state } = await engine.create(urn, inputs);
  await fetch(`${api.url}/v2/firewalls/${group.id}/rules`, {
    method: "POST",
    headers: { authorization: "Bearer KEY" },
    body: JSON.stringify({ ip_type: "v4", protocol: "tcp", port: "23", subnet: "0.0.0.0", subnet_size: 0 }),
  });
  const live = await engine.read(urn, id, { inputs, state });
  expect(live?.inputs["rules"]).toEqual([...inputs.rules, { protocol: "tcp", port: "23", from: "0.0.0.0/0" }]);
  // There is no room for two sets: the limit is three.
  const news = { groupId: group.id, rules: [RULE, { protocol: "udp", port: "53", from: "::/0" }] };
  await engine.update(urn, id, live?.state ?? {}, news);
  expect((await cloud.store.read()).rules.map(({ protocol, port }) => `${protocol} ${port}`)).toEqual([
    "tcp 22",
    "udp 53",
  ]);
});

test("what a group opens is added to it, and nothing is closed before the whole set is given", async () => {
  const { engine, cloud } = await startCloud();
  const group = await engine.create(engine.urn("FirewallGroup"), { description: "g" });
  const [openings, all] = [engine.urn("FirewallOpenings"), engine.urn("FirewallRules")];
  const ports = async () => (await cloud.store.read()).rules.map(({ port }) => port);
  const of = (...rules: WireObject[]): WireObject => ({ groupId: group.id, rules });
  const [ssh, web, old] = [{ ...RULE }, { ...RULE, port: "443" }, { ...RULE, port: "80" }];

  const opened = await engine.create(openings, of(ssh, old));
  const { id, state } = await engine.create(all, of(ssh, old));
  const wider = await engine.update(openings, opened.id, opened.state, of(ssh, web));
  expect(await ports()).toEqual(["22", "80", "443"]);
  await engine.update(all, id, state, of(ssh, web));
  expect(await ports()).toEqual(["22", "443"]);
  await engine.delete(openings, opened.id, wider);
  expect(await ports()).toEqual(["22", "443"]);
});

test("what was closed by hand is opened again, and what was opened by hand is no business of the openings", async () => {
  const { engine, cloud } = await startCloud();
  const group = await engine.create(engine.urn("FirewallGroup"), { description: "g" });
  const urn = engine.urn("FirewallOpenings");
  const inputs = { groupId: group.id, rules: [RULE, { ...RULE, port: "443" }] };
  const { id, state } = await engine.create(urn, inputs);
  await cloud.store.change((all) => ({
    ...all,
    rules: all.rules.map((rule) => (rule.port === "443" ? { ...rule, port: "23" } : rule)),
  }));
  const live = await engine.read(urn, id, { inputs, state });
  expect(live?.inputs["rules"]).toEqual([RULE]);
  expect(await engine.diff(urn, id, live?.state ?? {}, live?.inputs ?? {}, inputs)).toMatchObject({ diffs: ["rules"] });
  await engine.update(urn, id, live?.state ?? {}, inputs);
  expect((await cloud.store.read()).rules.map(({ port }) => port)).toEqual(["22", "23", "443"]);
});

test("openings that do not fit say which rule, and close nothing", async () => {
  const { engine, cloud } = await startCloud({ maxRuleCount: 2 });
  const group = await engine.create(engine.urn("FirewallGroup"), { description: "g" });
  const urn = engine.urn("FirewallOpenings");
  const rules = ["22", "80"].map((port) => ({ ...RULE, port }));
  const { id, state } = await engine.create(urn, { groupId: group.id, rules });
  const news = { groupId: group.id, rules: [RULE, { ...RULE, port: "443" }] };
  expect((await failureOf(engine.update(urn, id, state, news))).message).toMatch(
    /^openings of firewall group .*maximum number of rules.*, for the rule tcp 443 from /,
  );
  expect((await cloud.store.read()).rules.map(({ port }) => port)).toEqual(["22", "80"]);
});

test("another note alone changes nothing: the rule would be closed for a moment", async () => {
  const { engine, api } = await startCloud();
  const group = await engine.create(engine.urn("FirewallGroup"), { description: "g" });
  const urn = engine.urn("FirewallRules");
  const inputs = { groupId: group.id, rules: [{ ...RULE, notes: "dns" }] };
  const { id, state } = await engine.create(urn, inputs);
  const news = { groupId: group.id, rules: [{ ...RULE, notes: "ns" }] };
  expect(await engine.diff(urn, id, state, inputs, news)).toMatchObject({ changes: "none" });
  const before = api.requests.length;
  await engine.update(urn, id, state, news);
  expect(api.requests.slice(before).map(({ method }) => method)).toEqual(["GET"]);
});

test("a preview with unknown inputs asks nothing, and knows no more than before", async () => {
  const { engine, api } = await startCloud();
  const urn = engine.urn("Instance");
  const inputs = { ...SERVER, osId: UNKNOWN, userData: secret(UNKNOWN) };
  const { id, state } = await engine.create(urn, inputs, { preview: true });
  expect(id).toBe("");
  expect(state).toMatchObject({ ...inputs, mainIp: UNKNOWN, v6MainIp: UNKNOWN, defaultPassword: secret(UNKNOWN) });
  const known = { ...SERVER, mainIp: "192.0.2.1", defaultPassword: secret("p") };
  const updated = await engine.update(urn, "id", known, { ...SERVER, firewallGroupId: UNKNOWN }, { preview: true });
  expect(updated).toMatchObject({ mainIp: "192.0.2.1", defaultPassword: secret("p"), firewallGroupId: UNKNOWN });
  expect(api.requests).toEqual([]);
});

test("a server is ready when create returns: addresses, secrets as secrets, progress on the way", async () => {
  const { engine, servers } = await startCloud({
    pace: { latencyMs: 0, pendingMs: 50, bootingMs: 100, lateIpv6Ms: 400, deletingMs: 20 },
  });
  const { id, state } = await engine.create(engine.urn("Instance"), SERVER);
  expect(state).toMatchObject({
    mainIp: "198.18.0.1",
    v6MainIp: "2001:db8:1::1",
    status: "active",
    powerStatus: "running",
  });
  expect(Object.keys(state).filter((key) => containsSecret(state[key]))).toEqual(["defaultPassword", "userData"]);
  expect(plain(state["defaultPassword"])).not.toBe("");
  expect(await servers()).toMatchObject([{ id }]);
  expect(engine.logged).toContainEqual(expect.stringMatching(/^status: installing, \d+ s$/));
  expect(engine.logged).toContainEqual(expect.stringMatching(/^status: waiting for its IPv6 address, \d+ s$/));
});

test("an import by id has all that the API tells, and a program's inputs are no difference to it", async () => {
  const { engine, newEngine } = await startCloud();
  const urn = engine.urn("Instance");
  const { id } = await engine.create(urn, SERVER);
  const other = await newEngine();
  const imported = await other.read(urn, id);
  expect(plain(imported?.inputs)).toEqual({
    ...SERVER,
    tags: ["prod", "pulumi-anycast"],
    userData: "",
    generation: "",
  });
  const diff = await other.diff(urn, id, imported?.state ?? {}, imported?.inputs ?? {}, SERVER);
  expect(diff).toMatchObject({ changes: "none" });
});

test.each<[string, WireObject]>([
  ["SshKey", { name: "a", sshKey: "ssh-ed25519 A" }],
  ["FirewallGroup", { description: "g" }],
  ["Instance", SERVER],
  ["BareMetalServer", { ...SERVER, plan: "vbm-4c-32gb" }],
])("what was deleted by hand is gone for a refresh, and for a deletion: %s", async (type, inputs) => {
  const { engine, cloud } = await startCloud();
  const urn = engine.urn(type);
  const { id, state } = await engine.create(urn, inputs);
  await cloud.store.change((old) => ({ ...old, keys: [STACKS_KEY], groups: [], rules: [], servers: [] }));
  expect(await engine.read(urn, id, { inputs, state })).toBeUndefined();
  expect(await engine.read(engine.urn("FirewallRules"), id)).toBeUndefined();
  await engine.delete(urn, id, state);
  await engine.delete(engine.urn("FirewallRules"), id, {});
  if (type.endsWith("y")) return;
  expect((await failureOf(engine.update(urn, id, {}, { ...inputs, label: "b", description: "b" }))).message).toMatch(
    /: Vultr has no such thing \(status 404: .*\)\. If it was deleted by hand, run `pulumi refresh`, then `pulumi up`\.$/,
  );
});

test("without a key everything but a preview says how to set one", async () => {
  const { engine, newEngine } = await startCloud();
  const keyless = await newEngine({ key: "" });
  await keyless.create(engine.urn("Instance"), SERVER, { preview: true });
  const error = await failureOf(keyless.create(engine.urn("Instance"), SERVER));
  expect(error.message).toBe(
    "server 'ams': there is no key for Vultr's API. Set one: `pulumi config set --secret anycast-vultr:apiKey`, or VULTR_API_KEY.",
  );
});

test("cancel ends a create at once and keeps what was made; the next update finishes it", async () => {
  const { engine, newEngine, servers, cloud } = await startCloud();
  await cloud.faults.fail({ kind: "half-created", where: "ams" });
  const slow = await newEngine({ clock: realClock });
  const urn = engine.urn("Instance");
  const failure = failureOf(slow.create(urn, SERVER));
  while ((await servers()).length === 0) await realClock.sleep(5);
  await realClock.sleep(50);
  await slow.cancel();
  const { message, kept } = await failure;
  expect(message).toBe("server 'ams': it was cancelled. Run it again: it goes on where it stopped.");
  expect(kept?.id).toBe((await servers())[0]?.id);
  expect(containsSecret(kept?.state["userData"])).toBe(true);
  await cloud.faults.heal();
  await engine.update(urn, kept?.id ?? "", kept?.state ?? {}, SERVER);
  expect(await servers()).toMatchObject([{ tags: ["pulumi-anycast", "prod", `anycast-${IDENTITY}`] }]);
});

test("the schema names every resource, with its secrets", async () => {
  const { engine } = await startCloud();
  const { resources, config } = await engine.schema();
  expect(config).toMatchObject({ variables: { apiKey: { secret: true } } });
  expect(Object.keys(resources as object).map((token) => token.split(":").at(-1))).toEqual([
    "SshKey",
    "FirewallGroup",
    "FirewallOpenings",
    "FirewallRules",
    "Instance",
    "BareMetalServer",
    "FirstContactDone",
  ]);
});
