import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sshKey } from "../../../test/ssh-key.ts";
import { impatient, testResource } from "./test-provider.ts";
import { prepareSshd, type TestSshd } from "./test-sshd.ts";
import { plain, type WireObject } from "./wire.ts";

let sshd: TestSshd;

beforeAll(async () => {
  sshd = await prepareSshd();
  await sshd.start();
});
afterAll(() => sshd.remove());

/** A resource that is a command on the test's server. */
function command(overrides: WireObject = {}) {
  return testResource("remote:Command", { connection: impatient({ ...sshd.connection, ...overrides }) });
}

describe("a command", () => {
  test("runs on the host; its output loses one line break; the state keeps the connection secret", async () => {
    const state = await command().create({ create: "echo out; echo; echo err >&2; id -un" });
    expect(state).toMatchObject({ stdout: "out\n\nroot", stderr: "err" });
    expect(Object.keys(state["connection"] as WireObject)).toEqual(["4dabf18193072939515e22adb298388d", "value"]);
    expect(plain(state["connection"])).toMatchObject({ port: sshd.connection.port, user: "root", perDialTimeout: 15 });
  });

  test("is not run if there is none", async () => {
    expect(await command({ port: 1 }).create({})).toMatchObject({ stdout: "", stderr: "" });
  });

  test("reads its standard input, also a long one", async () => {
    const stdin = "0123456789abcdef".repeat(400_000);
    expect(await command().create({ create: "wc -c", stdin })).toMatchObject({ stdout: "6400000" });
    expect(await command().create({ create: "cat | wc -c" })).toMatchObject({ stdout: "0" });
  });

  test("may leave its input unread", async () => {
    expect(await command().create({ create: "true", stdin: "x".repeat(3_000_000) })).toMatchObject({ stdout: "" });
  });

  test("can write much", async () => {
    const { stdout } = await command().create({ create: "head -c 5000000 /dev/zero | tr '\\0' x", logging: "none" });
    expect((stdout as string).length).toBe(5_000_000);
  });

  test("gets the variables that the server accepts", async () => {
    const environment = { GREETING: "hello\n$world 'x'" };
    const state = await command().create({ create: 'printf %s "$GREETING"', environment });
    expect(state["stdout"]).toBe("hello\n$world 'x'");
  });

  test("is not run if the server refuses a variable", async () => {
    const resource = command();
    const inputs = { create: "touch /tmp/refused", environment: { GREETING: "x", SECRET_TOKEN: "y" } };
    await expect(resource.create(inputs)).rejects.toThrow(
      'could not set environment variable "SECRET_TOKEN": ssh: setenv failed',
    );
    expect(resource.logged).toEqual([["error", expect.stringContaining("Unable to set 'SECRET_TOKEN'")]]);
    expect(await command().create({ create: "ls /tmp" })).toMatchObject({ stdout: "" });
  });

  test.each([
    ["echo a; echo b >&2; exit 3", 'Process exited with status 3: running "echo a; echo b >&2; exit 3":\n'],
    ["kill -TERM $$", 'Process exited with status 143 from signal TERM: running "kill -TERM $$":\n'],
    ["no-such-command", 'Process exited with status 127: running "no-such-command":\n'],
  ])("that fails is an error: %s", async (create, message) => {
    await expect(command().create({ create })).rejects.toThrow(message);
  });

  test("that fails shows all that it wrote", async () => {
    const failed = command().create({ create: "echo out; echo err >&2; false" });
    await expect(failed).rejects.toThrow(/:\n(out\nerr|err\nout)\n$/);
  });

  test("whose connection is cut is an error that does not name the host", async () => {
    await expect(command().create({ create: "echo begun; kill -9 $PPID; sleep 60" })).rejects.toThrow(
      'wait: remote command exited without exit status or exit signal: running "echo begun;',
    );
  });

  test("does not get its secrets into errors and messages", async () => {
    const resource = command();
    const inputs = { create: "cat >/dev/null; false", stdin: "the-input", environment: { GREETING: "the-variable" } };
    const error = (await resource.create(inputs).catch((thrown: Error) => thrown)) as Error;
    expect(error.message).toContain("status 1");
    const told = JSON.stringify([error.message, resource.logged]);
    expect(told).not.toMatch(/the-input|the-variable|PRIVATE KEY/);
  });

  test.each([
    [undefined, ["out", "err"]],
    ["stdoutAndStderr", ["out", "err"]],
    ["stdout", ["out"]],
    ["stderr", ["err"]],
    ["none", []],
  ])("with logging %s is shown line by line", async (logging, lines) => {
    const resource = command();
    const inputs = { create: "echo out; sleep 0.05; printf err >&2", ...(logging === undefined ? {} : { logging }) };
    expect(await resource.create(inputs)).toMatchObject({ stdout: "out", stderr: "err" });
    expect(resource.logged).toEqual(lines.map((line) => ["status", line]));
  });
});

describe("a changed command", () => {
  const state = { stdout: "before", stderr: "" };
  const previous = 'printf %s "$PULUMI_COMMAND_STDOUT"';

  test.each([
    ["runs update", { create: "echo create", update: "echo update" }, "update"],
    ["runs create without update", { create: "echo create" }, "create"],
    ["runs nothing without both", { stdin: "x" }, "before"],
    ["knows what was written before", { create: previous }, "before"],
    ["does not if it must not", { create: previous, addPreviousOutputInEnv: false }, ""],
  ])("%s", async (_name, inputs, stdout) => {
    expect(await command().update(state, inputs)).toMatchObject({ ...inputs, stdout });
  });

  test("is warned of, but run, if the server refuses the previous output", async () => {
    const resource = command();
    const updated = await resource.update({ stdout: "", stderr: "e" }, { create: 'echo "<$PULUMI_COMMAND_STDERR>"' });
    expect(updated["stdout"]).toBe("<>");
    expect(resource.logged[0]).toEqual(["warning", expect.stringContaining("Unable to set 'PULUMI_COMMAND_STDERR'")]);
  });
});

describe("a deleted command", () => {
  test("runs delete, which knows the last output", async () => {
    const connection = impatient(sshd.connection);
    await command().delete({ connection, stdout: "last", delete: "echo $PULUMI_COMMAND_STDOUT > /tmp/deleted" });
    expect(await command().create({ create: "cat /tmp/deleted; rm /tmp/deleted" })).toMatchObject({ stdout: "last" });
  });

  test("needs no host without delete", async () => {
    const deleted = command().delete({ connection: impatient({ ...sshd.connection, port: 1 }) });
    await expect(deleted).resolves.toBeUndefined();
  });

  test.each([
    ["fails", {}, "Process exited with status 1"],
    ["cannot reach its host", { port: 1 }, "dial tcp 127.0.0.1:1: connect: connection refused"],
  ])("stays if delete %s", async (_name, change, message) => {
    const connection = impatient({ ...sshd.connection, ...change });
    await expect(command().delete({ connection, delete: "false" })).rejects.toThrow(message);
  });
});

/** Why a command cannot be run over such a connection. */
function failing(overrides: WireObject): Promise<string> {
  const created = command(overrides).create({ create: "true" });
  return created.then(
    () => "no error",
    (error: Error) => error.message,
  );
}

describe("the connection", () => {
  test("needs the pinned host key", async () => {
    const message = await failing({ hostKey: sshKey().public });
    expect(message).toBe("after 0 failed attempts: ssh: handshake failed: ssh: host key mismatch");
  });

  test("needs a host key of the pinned type", async () => {
    const { public: hostKey } = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
    expect(await failing({ hostKey })).toMatch(/: ssh: handshake failed: ssh: no common algorithm for host key$/);
  });

  test("takes a pinned key with a comment, and any key if none is pinned", async () => {
    expect(await failing({ hostKey: `${sshd.connection.hostKey} root@host\n` })).toBe("no error");
    const { hostKey: _, ...unpinned } = sshd.connection;
    const state = await testResource("remote:Command", { connection: unpinned }).create({ create: "echo any" });
    expect(state["stdout"]).toBe("any");
  });

  test.each([
    [
      "another key",
      () => sshKey().private,
      /^after 0 .*ssh: unable to authenticate, attempted .* no supported methods remain$/,
    ],
    ["no key at all", () => "nonsense", /^ssh: no key found$/],
  ])("is refused with %s", async (_name, privateKey, message) => {
    expect(await failing({ privateKey: privateKey() })).toMatch(message);
  });

  test("is tried again while the host boots", async () => {
    const late = await prepareSshd();
    try {
      const resource = testResource("remote:Command", { connection: late.connection });
      const created = resource.create({ create: "echo up", logging: "none" });
      await expect.poll(() => resource.logged.length).toBeGreaterThan(1);
      await late.start();
      expect(await created).toMatchObject({ stdout: "up" });
      expect(resource.logged[0]).toEqual(["status", "Dial 1/10 failed: retrying"]);
    } finally {
      await late.remove();
    }
  });

  test("is given up when the update is cancelled", async () => {
    const resource = command({ port: 1, dialErrorLimit: -1 });
    const created = resource.create({ create: "true" });
    await expect.poll(() => resource.logged.length).toBeGreaterThan(0);
    await resource.provider.cancel();
    await expect(created).rejects.toThrow("context canceled");
  });

  test("is waited for longer than perDialTimeout if the host accepts it and says nothing", async () => {
    const mute = createServer().listen(0, "127.0.0.1");
    try {
      await once(mute, "listening");
      const { port } = mute.address() as AddressInfo;
      const silent = failing({ port, perDialTimeout: 1 });
      expect(await Promise.race([silent, sleep(1500, "still waiting")])).toBe("still waiting");
    } finally {
      mute.close();
    }
  });

  test("can lead through a proxy", async () => {
    const proxied = { ...sshd.connection, proxy: { ...impatient(sshd.connection) } };
    const resource = testResource("remote:Command", { connection: impatient(proxied) });
    expect(await resource.create({ create: "echo through" })).toMatchObject({ stdout: "through" });
  });

  test("names the proxy that it cannot use", async () => {
    const proxy = { ...impatient(sshd.connection), port: 1 };
    expect(await failing({ proxy })).toBe(
      "proxy: after 0 failed attempts: dial tcp 127.0.0.1:1: connect: connection refused",
    );
  });

  test("never leaves the lab, not even for a state that nobody checked", async () => {
    const connection = impatient({ ...sshd.connection, host: "192.0.2.1" });
    const deleted = command().delete({ connection, delete: "true" });
    await expect(deleted).rejects.toThrow("refusing to connect to 192.0.2.1: this is the lab's stand-in");
  });
});
