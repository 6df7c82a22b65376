import { expect, test } from "vitest";
import { CommandProvider } from "./provider.ts";
import { testResource } from "./test-provider.ts";
import { secret, type WireObject } from "./wire.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const { provider, urn } = testResource("remote:Command");
const check = async (inputs: WireObject) => provider.check(urn, {}, inputs);
const defaults = { port: 22, user: "root", dialErrorLimit: 10, perDialTimeout: 15 };

test.each<[string, unknown, unknown]>([
  ["gets its defaults and is secret", { host: "198.18.0.1" }, { ...defaults, host: "198.18.0.1" }],
  [
    "keeps what is given",
    { host: "::1", port: 2222, dialErrorLimit: 0 },
    { ...defaults, host: "::1", port: 2222, dialErrorLimit: 0 },
  ],
  [
    "is secret once as a whole, and its secrets once inside",
    secret({ host: "::1", password: secret("p"), privateKey: "k" }),
    { ...defaults, host: "::1", password: secret("p"), privateKey: secret("k") },
  ],
  [
    "gets defaults for its proxy",
    { host: "::1", proxy: { host: "::1", password: "p" } },
    { ...defaults, host: "::1", proxy: { ...defaults, host: "::1", password: secret("p") } },
  ],
  ["may have an unknown host", { host: unknown }, { ...defaults, host: unknown }],
  ["may be unknown", unknown, unknown],
])("a connection %s", async (_name, connection, expected) => {
  const { inputs, failures } = await check({ connection, create: "x" });
  expect(inputs).toEqual({ connection: secret(expected), create: "x" });
  expect(failures).toEqual([]);
});

test("secrets and unknown values stay what they are", async () => {
  const inputs = { connection: secret({ host: unknown }), stdin: secret("s"), create: unknown };
  expect((await check(inputs)).inputs).toMatchObject({ stdin: secret("s"), create: unknown });
});

test.each<[WireObject, RegExp]>([
  [{ create: "x" }, /^connection: /],
  [{ connection: {} }, /^connection\.host: /],
  [{ connection: { host: "192.0.2.1" } }, /^connection\.host: refusing to connect to 192\.0\.2\.1: .*stand-in/],
  [{ connection: { host: "::1", proxy: { host: "8.8.8.8" } } }, /^connection\.proxy\.host: refusing to connect to 8/],
  [{ connection: { host: "::1" }, create: 1 }, /^create: /],
  [{ connection: { host: "::1" }, logging: "all" }, /^logging: /],
])("%j has a problem", async (inputs, reason) => {
  expect((await check(inputs)).failures).toEqual([{ property: "", reason: expect.stringMatching(reason) }]);
});

test.each([["command:remote:CopyFile"], ["command:remote:Nonsense"]])("%s is refused", async (token) => {
  const refused = provider.check(`urn:pulumi:dev::lab::${token}::x`, {}, {});
  await expect(refused).rejects.toThrow(`${token} is not in the lab's stand-in for the command plugin`);
});

test("functions are refused", async () => {
  await expect(provider.invoke("command:local:run")).rejects.toThrow("command:local:run is not in the lab's stand-in");
});

test("a resource's id is its name and eight digits; its state is its inputs and outputs, marks included", async () => {
  const created = await new CommandProvider(async () => {}).create(
    "urn:pulumi:dev::lab::anycast:index:AnycastSite$command:local:Command::fra::x",
    { create: secret("echo a") },
  );
  expect(created.id).toMatch(/^fra::x[0-9a-f]{8}$/);
  expect(created.outs).toEqual({ create: secret("echo a"), stdout: "a", stderr: "" });
});
