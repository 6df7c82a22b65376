import { expect, test, vi } from "vitest";
import type { CloudFault, CloudFaultKind } from "../../lab/clouds/faults.ts";
import { SERVER, startCloud } from "./cloud.ts";
import type { EngineError } from "./engine.ts";

/** What happens to the servers' requests once, before all is well again. */
const PASSING: readonly CloudFaultKind[] = [
  "rate-limit",
  "rate-limit-silent",
  "server-error",
  "done-500",
  "unavailable",
  "cut",
  "done-cut",
  "html",
  "html-ok",
];

/** What stays until somebody does something, with what the user reads. */
const LASTING: readonly (readonly [CloudFaultKind, RegExp])[] = [
  [
    "unauthorized",
    /does not know the API key \(status 401: Invalid API token\)\. Set the present one: .*anycast-vultr:apiKey/,
  ],
  ["forbidden", /does not let this machine's address use the API key .*192\.0\.2\.1\)\. Allow it at .*Access Control/],
  ["rate-limit-silent", /too many requests from this key \(status 429\)\. Run it again in a few minutes/],
  ["server-error", /does not answer .* \(status 500: Internal server error.*\)\. Run it again when it is back/],
  ["unavailable", /does not answer .* \(status 503: .*\)\. Run it again when it is back/],
  ["cut", /does not answer .*\. Run it again when it is back/],
  ["html", /does not answer .* \(status 502: 502 Bad Gateway.*\)\. Run it again when it is back/],
  ["html-ok", /does not answer .* \(status 200 with something that is not JSON: .*\)\. Run it again when it is back/],
];

/** What only an order meets. */
const ORDERING: readonly (readonly [CloudFaultKind, RegExp])[] = [
  ["quota", /maximum number of active servers.*\)\. Raise the limit/],
  ["out-of-stock", /not available in the selected region\)\. Choose another plan or region/],
  ["plan-gone", /Invalid plan chosen\)\. Choose a plan of/],
];

const PACE = { latencyMs: 0, pendingMs: 20, bootingMs: 20, lateIpv6Ms: 20, deletingMs: 20 };

const NEWS = { ...SERVER, label: "renamed" };

async function failureOf(promise: Promise<unknown>): Promise<EngineError> {
  return promise.then(
    () => expect.unreachable("did not fail"),
    (error: unknown) => error as EngineError,
  );
}

/** A fault in each kind of request that a create sends. */
const PLACES = ["GET /v2/instances", "POST /v2/instances", "GET /v2/instances/*", "PATCH /v2/instances/*"];

test.each(PASSING.flatMap((kind) => PLACES.map((on) => [kind, on] as const)))(
  "a create survives one %s at %s, with one server",
  async (kind, on) => {
    const { engine, cloud, servers, expectComplete } = await startCloud();
    await cloud.faults.fail({ kind, where: "all", on, times: 1 });
    const { id, state } = await engine.create(engine.urn("Instance"), SERVER);
    expect(state).toMatchObject({ mainIp: expect.stringMatching(/^198\.18\./) as string, status: "active" });
    await expectComplete();
    expect((await servers())[0]?.id).toBe(id);
  },
);

test.each(PASSING)("refresh, update and deletion survive one %s at each request", async (kind) => {
  const { engine, cloud, servers } = await startCloud();
  const urn = engine.urn("Instance");
  const { id, state } = await engine.create(urn, SERVER);
  const once = async (fault: Partial<CloudFault> = {}) => cloud.faults.fail({ kind, where: "all", times: 1, ...fault });
  await once();
  expect(await engine.read(urn, id, { inputs: SERVER, state })).toBeDefined();
  await once();
  await once({ on: "PATCH /v2/instances/*" });
  await engine.update(urn, id, state, NEWS);
  expect(await servers()).toMatchObject([{ label: "renamed" }]);
  await once();
  await once({ on: "GET /v2/instances/*" });
  await engine.delete(urn, id, state);
  expect(await servers()).toEqual([]);
});

test.each([...LASTING, ...ORDERING])(
  "a create that meets %s says so, and the next run ends right",
  async (kind, message) => {
    const { engine, newEngine, cloud, servers, expectComplete } = await startCloud();
    const urn = engine.urn("Instance");
    await cloud.faults.fail({ kind, where: kind === "plan-gone" ? String(SERVER["plan"]) : "all" });
    const error = await failureOf(engine.create(urn, SERVER));
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^server 'ams': /);
    expect(error.message).not.toMatch(/Bearer|PRIVATE/);
    expect(error.kept).toBeUndefined();
    expect(await servers()).toEqual([]);
    await cloud.faults.heal();
    await (await newEngine()).create(urn, SERVER);
    await expectComplete();
  },
);

test.each(LASTING)(
  "a create that meets %s when the server is ordered keeps it for the next run",
  async (kind, message) => {
    const { engine, newEngine, cloud, servers, expectComplete } = await startCloud();
    const urn = engine.urn("Instance");
    await cloud.faults.fail({ kind, where: "all", on: "* /v2/instances/*" });
    const { message: said, kept } = await failureOf(engine.create(urn, SERVER));
    expect(said).toMatch(message);
    expect(kept?.id).toBe((await servers())[0]?.id);
    await cloud.faults.heal();
    await (await newEngine()).update(urn, kept?.id ?? "", kept?.state ?? {}, SERVER);
    await expectComplete();
  },
);

test.each(LASTING)("refresh, update and deletion that meet %s change nothing, and say so", async (kind, message) => {
  const { engine, cloud, servers, expectComplete } = await startCloud();
  const urn = engine.urn("Instance");
  const { id, state } = await engine.create(urn, SERVER);
  await expectComplete();
  await cloud.faults.fail({ kind, where: "all" });
  for (const failure of [
    await failureOf(engine.read(urn, id, { inputs: SERVER, state })),
    await failureOf(engine.update(urn, id, state, NEWS)),
    await failureOf(engine.delete(urn, id, state)),
  ])
    expect(failure.message).toMatch(message);
  await expectComplete();
  await cloud.faults.heal();
  await engine.delete(urn, id, state);
  expect(await servers()).toEqual([]);
});

test("a server that stays pending is an error, and the next run goes on with the same one", async () => {
  const { engine, cloud, expectComplete } = await startCloud();
  const urn = engine.urn("Instance");
  await cloud.faults.fail({ kind: "half-created", where: "ams" });
  const { message, kept } = await failureOf(engine.create(urn, SERVER, { timeoutS: 20 }));
  expect(message).toMatch(/it is not ready, \d+ s after it was asked to \(installing\)\. Look at it at my\.vultr\.com/);
  await cloud.faults.heal();
  await engine.update(urn, kept?.id ?? "", kept?.state ?? {}, SERVER);
  await expectComplete();
});

test("a server that Vultr suspends is an error at once, and the next run goes on with the same one", async () => {
  const { engine, cloud, servers, expectComplete } = await startCloud({ pace: { ...PACE, bootingMs: 500 } });
  const urn = engine.urn("Instance");
  const failure = failureOf(engine.create(urn, SERVER));
  await vi.waitUntil(async () => (await servers())[0]?.addresses !== undefined, { timeout: 10_000 });
  await cloud.faults.fail({ kind: "suspended", where: "ams" });
  const { message, kept } = await failure;
  expect(message).toBe(
    "server 'ams': Vultr has suspended it. Look at the account's billing and tickets at my.vultr.com, then run it again.",
  );
  await cloud.faults.heal();
  await engine.update(urn, kept?.id ?? "", kept?.state ?? {}, SERVER);
  await expectComplete();
});

test.each([
  ["SshKey", { name: "a", sshKey: "ssh-ed25519 A" }],
  ["FirewallGroup", { description: "g" }],
] as const)("%s is made once, whatever the API answers", async (type, inputs) => {
  const { engine, cloud } = await startCloud();
  for (const kind of PASSING) {
    await cloud.faults.fail({ kind, where: "all", after: 1, times: 1 });
    const urn = engine.urn(type);
    const { id, state } = await engine.create(urn, inputs);
    const { keys, groups } = await cloud.store.read();
    expect([...keys, ...groups].map((each) => each.id)).toEqual([id]);
    await engine.delete(urn, id, state);
  }
});

test.each(PASSING)("rules are each made once, whatever the API answers: %s", async (kind) => {
  const { engine, cloud } = await startCloud();
  const group = await engine.create(engine.urn("FirewallGroup"), { description: "g" });
  const rules = ["22", "53", "80"].map((port) => ({ protocol: "tcp", port, from: "::/0" }));
  for (const after of [0, 1, 2]) await cloud.faults.fail({ kind, where: "all", after, times: 1 });
  const urn = engine.urn("FirewallRules");
  const { id, state } = await engine.create(urn, { groupId: group.id, rules });
  const ports = async () => (await cloud.store.read()).rules.map(({ port }) => port);
  expect((await ports()).toSorted()).toEqual(["22", "53", "80"]);
  for (const after of [0, 1, 2]) await cloud.faults.fail({ kind, where: "all", after, times: 1 });
  await engine.update(urn, id, state, { groupId: group.id, rules: [{ protocol: "udp", port: "53", from: "::/0" }] });
  expect(await ports()).toEqual(["53"]);
});

test("a rule that Vultr refuses is named", async () => {
  const { engine } = await startCloud({ maxRuleCount: 1 });
  const group = await engine.create(engine.urn("FirewallGroup"), { description: "g" });
  const rules = ["22", "53"].map((port) => ({ protocol: "tcp", port, from: "::/0" }));
  const error = await failureOf(engine.create(engine.urn("FirewallRules"), { groupId: group.id, rules }));
  expect(error.message).toMatch(/^rules of firewall group .*, for the rule tcp 53 from ::\/0\. /);
});

test("user data that Vultr keeps is a warning that says what remains", async () => {
  const { engine, cloud, expectComplete } = await startCloud();
  const { id } = await engine.create(engine.urn("Instance"), SERVER);
  await expectComplete();
  await cloud.faults.fail({ kind: "gone-400", where: "all", on: "PATCH /v2/instances/*" });
  await engine.create(engine.urn("FirstContactDone"), { instanceIds: [id], bareMetalIds: [] });
  expect(engine.logged).toContainEqual(expect.stringMatching(/^warning: Vultr keeps the user data .*private SSH key/));
});

test("the end of first contact that fails for one server names it, and is done for the others", async () => {
  const { engine, cloud, servers, expectComplete } = await startCloud();
  const { id } = await engine.create(engine.urn("Instance"), SERVER);
  await expectComplete();
  const before = (await servers())[0]?.userData;
  const error = await failureOf(
    engine.create(engine.urn("FirstContactDone"), { instanceIds: ["gone", id], bareMetalIds: [] }),
  );
  expect(error.message).toMatch(/^the end of first contact: Vultr has no such thing \(.*\), for server gone\. /);
  expect((await cloud.store.read()).servers[0]?.userData).not.toBe(before);
});
