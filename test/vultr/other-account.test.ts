import { afterEach, expect, test, vi } from "vitest";
import { NOTHING, type VultrState } from "../../lab/clouds/vultr/state.ts";
import { SERVER, STACKS_KEY, startCloud } from "./cloud.ts";
import type { EngineError } from "./engine.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A run against an account that has none of the stack's servers, but what is given. */
async function startElsewhere(account: Partial<VultrState>, allGone?: string) {
  const { engine, newEngine, cloud, api } = await startCloud();
  const urn = engine.urn("Instance");
  const { id, state } = await engine.create(urn, SERVER);
  await cloud.store.change(() => ({ ...NOTHING, next: 1000, ...account }));
  const other = await newEngine(allGone === undefined ? {} : { allGone });
  return {
    api,
    read: (more: object = {}) => other.read(urn, id, { inputs: SERVER, state: { ...state, ...more } }),
    remove: () => other.delete(urn, id, state),
  };
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => expect.unreachable("did not fail"),
    (error: unknown) => (error as EngineError).message,
  );
}

const OTHER_STACK = { ...STACKS_KEY, name: "pulumi-anycast anycast.prod2 anycast 0" };
const GROUP = { id: "group", number: 1001, description: "mine", dateCreated: "", dateModified: "" };

test.each([
  ["nothing", {}],
  ["what belongs to another stack", { keys: [OTHER_STACK] }],
])("an account with %s is another one: no server of the state is gone there", async (_name, account) => {
  const { read, remove, api } = await startElsewhere(account);
  const message =
    `server 'ams': the account at ${api.url} does not have it, nor anything else of stack anycast.prod. ` +
    "Set the key of the account that the stack was made in, as anycast-vultr:apiKey or VULTR_API_KEY; " +
    "if all of it was deleted by hand, run this with ANYCAST_VULTR_GONE=anycast.prod.";
  expect(await messageOf(read())).toBe(message);
  expect(await messageOf(remove())).toBe(message);
  // The account is looked at once.
  expect(api.requests.filter(({ path }) => path.startsWith("/v2/ssh-keys"))).toHaveLength(1);
});

test.each<[string, Partial<VultrState>, object]>([
  ["a key by its name", { keys: [STACKS_KEY] }, {}],
  ["a key of the server", { keys: [{ ...STACKS_KEY, name: "mine" }] }, { sshKeyIds: ["key"] }],
  ["the group of the server", { groups: [GROUP] }, { firewallGroupId: "group" }],
])("in an account with something of the stack a server is gone: %s", async (_name, account, state) => {
  const { read } = await startElsewhere(account);
  expect(await read(state)).toBeUndefined();
});

test("in an account with another server of the stack a server is gone, for a deletion, too", async () => {
  const { cloud, engine } = await startCloud();
  const urn = engine.urn("Instance");
  const { id, state } = await engine.create(urn, SERVER);
  const tags = ["stack.anycast.prod"];
  await cloud.store.change((old) => ({ ...old, servers: old.servers.map((each) => ({ ...each, id: "other", tags })) }));
  expect(await engine.read(urn, id, { inputs: SERVER, state })).toBeUndefined();
  await engine.delete(urn, id, state);
});

test("where all was deleted by hand, whoever names the stack says so", async () => {
  const { read, remove } = await startElsewhere({}, "anycast.prod");
  expect(await read()).toBeUndefined();
  await remove();
  expect(await messageOf((await startElsewhere({}, "anycast.staging")).read())).toContain("ANYCAST_VULTR_GONE");
});

test("what was made in this run is no sign of the right account", async () => {
  const { engine, newEngine, cloud } = await startCloud();
  const urn = engine.urn("Instance");
  const { id, state } = await engine.create(urn, SERVER);
  await cloud.store.change(() => ({ ...NOTHING, next: 1000 }));
  const other = await newEngine();
  await other.create(urn, { ...SERVER, tags: ["stack.anycast.prod"] });
  expect(await messageOf(other.delete(urn, id, state))).toContain("nor anything else of stack anycast.prod");
});

test.each([
  [
    "a simulated Vultr, and this is no rehearsal",
    "http://127.0.0.1:1",
    "",
    /is http:\/\/127\.0\.0\.1:1, a simulated Vultr/,
  ],
  ["the real Vultr in a rehearsal", "", "1", /ANYCAST_REHEARSAL is set, and Vultr's API is https:\/\/api\.vultr\.com/],
])("an environment that names %s is refused before anything is asked", async (_name, url, rehearsal, message) => {
  const { engine, api } = await startCloud();
  vi.stubEnv("VULTR_API_URL", url);
  vi.stubEnv("ANYCAST_REHEARSAL", rehearsal);
  expect(await messageOf(engine.configure({ apiKey: "KEY" }))).toMatch(message);
  expect(api.requests).toEqual([]);
});
