import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { VultrApi, vultrOptionsOf } from "./api.ts";
import { realClock } from "./clock.ts";
import { isGone, VultrError } from "./error.ts";
import { answering, jumpingClock, type Reply } from "./test-api.ts";

const get = { method: "GET", path: "/v2/account" } as const;
const post = { method: "POST", path: "/v2/instances", body: { plan: "p" } } as const;
const ok: Reply = { status: 200, json: { fine: true } };

async function failure(promise: Promise<unknown>): Promise<VultrError> {
  const error: unknown = await promise.then(
    () => new Error("did not fail"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof VultrError)) throw error;
  return error;
}

test("a request carries its key and its body, and returns the answer", async () => {
  const { api, received } = await answering({ status: 202, json: { instance: {} } });
  expect(await api.request(post)).toEqual({ instance: {} });
  expect(received).toEqual([
    { method: "POST", path: "/v2/instances", body: { plan: "p" }, authorization: "Bearer the-key" },
  ]);
});

test("without a key none is sent", async () => {
  const { url, received, clock } = await answering(ok);
  await new VultrApi({ url, clock }).request(get);
  expect(received[0]?.authorization).toBeUndefined();
});

test("an answer without a body is an empty object", async () => {
  const { api } = await answering({ status: 204 });
  expect(await api.request({ method: "DELETE", path: "/v2/instances/1" })).toEqual({});
});

test.each<[string, Reply[]]>([
  [
    "500 and 503",
    [
      { status: 500, json: { error: "Server error" } },
      { status: 503, text: "<html>no</html>" },
    ],
  ],
  ["a cut connection", ["cut", "cut"]],
  ["HTML instead of JSON", [{ status: 200, text: "<html><body>Maintenance</body></html>" }]],
  ["429 without a wait", [{ status: 429, json: { error: "Rate limit" } }]],
])("after %s a GET is tried again", async (_name, troubles) => {
  const { api, received } = await answering(...troubles, ok);
  expect(await api.request(get)).toEqual({ fine: true });
  expect(received).toHaveLength(troubles.length + 1);
});

test("waits grow, and tries are bounded", async () => {
  const { api, clock, received } = await answering({ status: 503, json: { error: "Maintenance" } });
  const error = await failure(api.request(get));
  expect(received).toHaveLength(5);
  expect(clock.waits).toEqual([1000, 2000, 4000, 8000]);
  expect(error.message).toMatch(
    /does not answer GET \/v2\/account \(status 503: Maintenance, tried 5 times\)\. Run it/,
  );
  expect(api.troubleCount).toBe(5);
});

test.each<[string, string, number]>([
  ["seconds", "7", 7000],
  ["nothing to wait", "0", 1000],
])("a 429 with %s pauses all requests of the process", async (_name, header, wait) => {
  const { api, clock } = await answering({ status: 429, json: {}, headers: { "retry-after": header } }, ok);
  const messages: string[] = [];
  await api.request(get, { onWait: (message) => messages.push(message) });
  expect(clock.waits).toEqual([wait]);
  expect(messages).toEqual([`Vultr's API asks for a pause of ${wait / 1000} s`]);
});

test("a 429 for too long is an error that says when to come back", async () => {
  const { api } = await answering({ status: 429, json: {}, headers: { "retry-after": "3600" } });
  const error = await failure(api.request(post));
  expect(error.message).toMatch(/too many requests.*Run it again in 3600 s/);
  expect(error.perhapsDone).toBe(false);
});

test.each<[string, Reply, boolean]>([
  ["answers 500", { status: 500, json: {} }, true],
  ["answers HTML", { status: 200, text: "<html>" }, true],
  ["is cut", "cut", true],
  ["is refused", { status: 400, json: { error: "Invalid plan chosen." } }, false],
])("a POST that %s is not sent again", async (_name, reply, perhapsDone) => {
  const { api, received } = await answering(reply);
  const error = await failure(api.request(post));
  expect(received).toHaveLength(1);
  expect(error.perhapsDone).toBe(perhapsDone);
});

test("a DELETE is done when its answer was lost and the thing is gone then", async () => {
  const gone: Reply = { status: 404, json: { error: "instance not found" } };
  const request = { method: "DELETE", path: "/v2/instances/1" } as const;
  const { api } = await answering("cut", gone);
  expect(await api.request(request)).toEqual({});
  expect(isGone(await failure(api.request(request)))).toBe(true);
});

test("a POST that never reached the API is tried again", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const clock = jumpingClock();
  const error = await failure(new VultrApi({ url: `http://127.0.0.1:${port}`, key: "k", clock }).request(post));
  expect(clock.waits).toEqual([1000, 2000, 4000, 8000]);
  expect(error).toMatchObject({ kind: "down", perhapsDone: false });
});

test.each<[number, unknown, string, RegExp]>([
  [401, { error: "Invalid API token.", status: 401 }, "key", /does not know the API key .*anycast-vultr:apiKey/],
  [401, { error: "Unauthorized IP address: 192.0.2.1", status: 401 }, "address", /machine's address.*Access Control/],
  [403, { error: "IP address not allowed for the key", status: 403 }, "address", /Access Control/],
  [403, { error: "Forbidden", status: 403 }, "forbidden", /permission/],
  [404, { error: "instance not found", status: 404 }, "gone", /pulumi refresh/],
  [400, { error: "invalid instance ID", status: 400 }, "gone", /pulumi refresh/],
  [400, { error: "Invalid plan chosen.", status: 400 }, "refused", /Invalid plan chosen\).*\/v2\/plans$/],
  [400, { error: "Plan is out of stock", status: 400 }, "refused", /another plan or region/],
  [412, { error: "You have reached the maximum monthly fee limit", status: 412 }, "refused", /Raise the limit/],
])("status %i with %j is of kind %s", async (status, json, kind, message) => {
  const { api, received } = await answering({ status, json });
  const error = await failure(api.request(get));
  expect(error).toMatchObject({ kind, status, message: expect.stringMatching(message) });
  expect(received).toHaveLength(1);
});

test("only the API's own 404 means that a thing is gone", async () => {
  const { api } = await answering({ status: 404, text: "<html>404 from a proxy</html>" });
  const error = await failure(api.request(get));
  expect(isGone(error)).toBe(false);
  expect(error.message).toMatch(/something in front of Vultr's API.*404 from a proxy.*proxy/);
});

test("the key is in no message, whoever repeats it", async () => {
  const { api } = await answering({ status: 400, json: { error: "no the-key here" } });
  expect((await failure(api.request(get))).message).not.toContain("the-key");
});

function page(names: string[], next: string): Reply {
  return { status: 200, json: { os: names, meta: { total: 3, links: { next, prev: "" } } } };
}

test("a list is read page by page", async () => {
  const { api, received } = await answering(page(["a", "b"], "bmV4dA=="), page(["c"], ""));
  expect(await api.list("/v2/os", "os")).toEqual(["a", "b", "c"]);
  expect(received.map(({ path }) => path)).toEqual(["/v2/os?per_page=500", "/v2/os?per_page=500&cursor=bmV4dA%3D%3D"]);
});

test("requests of a process keep under 30 a second", async () => {
  const { api, clock, received } = await answering(ok);
  await Promise.all(Array.from({ length: 60 }, () => api.request(get)));
  expect(received).toHaveLength(60);
  expect(60 / (clock.now() / 1000)).toBeLessThan(30);
});

test("a cancelled request ends at once, and says whether it may have been carried out", async () => {
  const { url, received } = await answering("hang");
  const api = new VultrApi({ url, key: "k", clock: realClock });
  const stop = new AbortController();
  const request = failure(api.request(post, { signal: stop.signal }));
  while (received.length === 0) await realClock.sleep(5);
  stop.abort();
  expect(await request).toMatchObject({ kind: "cancelled", perhapsDone: true });
  expect(await failure(api.request(post, { signal: stop.signal }))).toMatchObject({ perhapsDone: false });
});

test("the environment names key and place; empty is none", () => {
  expect(vultrOptionsOf({ VULTR_API_KEY: " k ", VULTR_API_URL: "" })).toEqual({ key: "k", url: undefined });
});
