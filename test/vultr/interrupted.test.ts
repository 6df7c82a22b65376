import { expect, test, vi } from "vitest";
import type { VultrCloud } from "../../lab/clouds/vultr/cloud.ts";
import { COMPLETE_TAGS, IDENTITY, SERVER, startCloud } from "./cloud.ts";
import { cutShortClock, hurriedClock } from "./engine.ts";

const UNFINISHED = ["pulumi-anycast", "prod", `anycast-unfinished-${IDENTITY}`];
const NOTHING_DIFFERS = { changes: "none", replaces: [], diffs: [] };

/** A server that was created by a plugin which was killed when it had answered. */
async function startKilled() {
  const cloud = await startCloud();
  const urn = cloud.engine.urn("Instance");
  const killed = await cloud.newEngine({ clock: cutShortClock });
  const made = await killed.create(urn, SERVER);
  expect(await cloud.servers()).toMatchObject([{ id: made.id, tags: UNFINISHED }]);
  return { ...cloud, urn, made, killed };
}

test("a server whose create was answered, and that no state has, is taken up", async () => {
  const { engine, urn, made, expectComplete } = await startKilled();
  expect((await engine.create(urn, SERVER)).id).toBe(made.id);
  await expectComplete();
});

test("a server that the state has is not taken up, and is marked as complete at the end of first contact", async () => {
  const { engine, urn, made, servers, expectComplete } = await startKilled();
  expect(await engine.diff(urn, made.id, made.state, SERVER, SERVER)).toEqual(NOTHING_DIFFERS);
  await engine.create(engine.urn("FirstContactDone"), { instanceIds: [made.id], bareMetalIds: [] });
  await expectComplete();
  expect((await engine.create(urn, SERVER)).id).not.toBe(made.id);
  expect(await servers()).toHaveLength(2);
});

test("a server that the state has is marked as complete by an update", async () => {
  const { engine, urn, made, servers } = await startKilled();
  await engine.update(urn, made.id, made.state, { ...SERVER, label: "renamed" });
  expect(await servers()).toMatchObject([{ label: "renamed", tags: COMPLETE_TAGS }]);
});

test("first contact does at once what is put off", async () => {
  const { killed, made, expectComplete } = await startKilled();
  await killed.create(killed.urn("FirstContactDone"), { instanceIds: [made.id], bareMetalIds: [] });
  await expectComplete();
});

test("a plugin that ends in order marks what it has answered, and not what it has not", async () => {
  const { cloud, killed, expectComplete, servers, urn } = await startKilled();
  await cloud.faults.fail({ kind: "half-created", where: "sea" });
  const other = killed.create(urn, { ...SERVER, region: "sea", identity: "f".repeat(32) }).catch(() => {});
  await vi.waitUntil(async () => (await servers()).length === 2);
  await killed.finish();
  await other;
  expect((await servers()).map(({ region, tags }) => [region, tags.at(-1)])).toEqual([
    ["ams", `anycast-${IDENTITY}`],
    ["sea", `anycast-unfinished-${"f".repeat(32)}`],
  ]);
  await cloud.store.change((old) => ({ ...old, servers: old.servers.filter(({ region }) => region === "ams") }));
  await expectComplete();
});

test("an equal replacement that takes up the server which the state has does not delete it, nor does a later run", async () => {
  const { engine, newEngine, urn, made, servers, expectComplete } = await startKilled();
  expect((await engine.create(urn, SERVER)).id).toBe(made.id);
  await engine.delete(urn, made.id, made.state);
  await expectComplete();
  // The second run was killed before that deletion: the state has the id twice.
  const third = await newEngine();
  expect(await third.diff(urn, made.id, made.state, SERVER, SERVER)).toEqual(NOTHING_DIFFERS);
  await third.delete(urn, made.id, made.state);
  await expectComplete();

  const moved = { ...SERVER, region: "sea", identity: "f".repeat(32) };
  const fourth = await newEngine();
  expect((await fourth.diff(urn, made.id, made.state, SERVER, moved)).replaces).toEqual(["region"]);
  await fourth.create(urn, moved);
  await fourth.delete(urn, made.id, made.state);
  expect(await servers()).toMatchObject([{ region: "sea" }]);
});

test("what is replaced without being compared is deleted", async () => {
  const { engine, newEngine, servers, expectComplete } = await startCloud();
  const urn = engine.urn("Instance");
  const { id, state } = await engine.create(urn, SERVER);
  await expectComplete();
  const next = await newEngine();
  await next.diff(urn, id, state, SERVER, SERVER);
  const made = await next.create(urn, { ...SERVER, identity: "f".repeat(32) });
  await next.delete(urn, id, state);
  expect(await servers()).toMatchObject([{ id: made.id }]);
});

/** Answers that take a while, for what could happen meanwhile. */
const SLOW = { pace: { latencyMs: 30, pendingMs: 0, bootingMs: 0, lateIpv6Ms: 0, deletingMs: 0 } };

test("an update does what was put off, once", async () => {
  const { api, engine, servers } = await startCloud(SLOW);
  const urn = engine.urn("Instance");
  const { id, state } = await engine.create(urn, SERVER);
  await engine.update(urn, id, state, { ...SERVER, label: "renamed" });
  expect(await servers()).toMatchObject([{ label: "renamed", tags: COMPLETE_TAGS }]);
  // The time of what was put off, 10 s, is over.
  await hurriedClock.sleep(15_000);
  expect(api.requests.filter(({ method }) => method === "PATCH")).toHaveLength(1);
});

test("a deletion waits for what was put off and is under way", async () => {
  const { api, newEngine, servers } = await startCloud(SLOW);
  const engine = await newEngine({ clock: cutShortClock });
  const urn = engine.urn("Instance");
  const { id, state } = await engine.create(urn, SERVER);
  const firstContact = engine.create(engine.urn("FirstContactDone"), { instanceIds: [id], bareMetalIds: [] });
  await Promise.allSettled([firstContact, engine.delete(urn, id, state)]);
  const times = (method: string) => api.requests.filter((each) => each.method === method).map(({ at }) => at);
  const [patched = Infinity] = times("PATCH");
  const [deleted = 0] = times("DELETE");
  expect(deleted - patched).toBeGreaterThanOrEqual(SLOW.pace.latencyMs);
  expect(await servers()).toEqual([]);
});

/** Puts a server into the account that is like another one, but for its id and for when it was ordered, in ms after it. */
async function addTwin({ store }: VultrCloud, id: string, laterMs: number): Promise<void> {
  await store.change((old) => ({
    ...old,
    next: old.next + 1,
    servers: [
      ...old.servers,
      ...old.servers.map((each) => ({ ...each, id, number: old.next, orderedAt: each.orderedAt + laterMs })),
    ],
  }));
}

test("a server of an interrupted create that no list has shown in time is deleted", async () => {
  const { cloud, engine, servers, expectComplete } = await startCloud({ pace: { ...SLOW.pace, pendingMs: 200 } });
  const made = engine.create(engine.urn("Instance"), SERVER);
  await vi.waitUntil(async () => (await servers()).length === 1);
  await addTwin(cloud, "twin", -60_000);
  const { id } = await made;
  await expectComplete();
  expect(await servers()).toMatchObject([{ id }]);
  expect(engine.logged).toContain("warning: deleting twin, which an interrupted run has made for the same site");
});

test("of two servers of interrupted creates the older one is taken up, as the state may have it", async () => {
  const { cloud, engine, urn, made, servers, expectComplete } = await startKilled();
  await addTwin(cloud, "older", -60_000);
  expect((await engine.create(urn, SERVER)).id).toBe("older");
  await expectComplete();
  expect((await servers()).map(({ id }) => id)).not.toContain(made.id);
});
