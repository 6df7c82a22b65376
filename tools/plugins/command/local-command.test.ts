import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testResource } from "./test-provider.ts";
import type { WireObject } from "./wire.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "anycast-local-"));
});
afterAll(() => rm(dir, { recursive: true }));

const local = () => testResource("local:Command");

test.each<[string, WireObject, string]>([
  ["runs in a shell", { create: "echo a; echo; echo b >&2" }, "a\n"],
  ["reads its input", { create: "cat", stdin: "in" }, "in"],
  ["reads nothing without one", { create: "cat" }, ""],
  ["may leave its input unread", { create: "true", stdin: "x".repeat(1_000_000) }, ""],
  ["gets its variables and this process's", { create: 'echo $A "${PATH:+path}"', environment: { A: "1" } }, "1 path"],
  ["takes another interpreter", { create: "process.stdout.write(`${1 + 1}`)", interpreter: ["node", "-e"] }, "2"],
  ["takes an empty interpreter for none", { create: "echo $0", interpreter: [] }, "/bin/sh"],
  ["is not run if there is none", {}, ""],
])("a command %s", async (_name, inputs, stdout) => {
  expect((await local().create(inputs))["stdout"]).toBe(stdout);
});

test("a command runs in its folder", async () => {
  expect(await local().create({ create: "pwd; pwd >&2", dir })).toMatchObject({ stdout: dir, stderr: dir });
});

test.each<[string, WireObject, RegExp]>([
  ["fails", { create: "echo a; exit 3" }, /^exit status 3: running "echo a; exit 3":\na\n$/],
  ["is killed", { create: "kill -KILL $$" }, /^signal: SIGKILL: running "kill -KILL \$\$":\n$/],
  ["has no interpreter", { create: "x", interpreter: ["/no/such"] }, /ENOENT: running "x"/],
  ["has no folder", { create: "x", dir: "/no/such" }, /^chdir \/no\/such: no such file or directory: running "x"/],
  ["wants assets", { create: "x", assetPaths: ["*"] }, /^assetPaths: is not in the lab's stand-in/],
  ["wants an archive", { create: "x", archivePaths: ["*"] }, /^archivePaths: is not in the lab's stand-in/],
])("a command that %s is an error", async (_name, inputs, message) => {
  await expect(local().create(inputs)).rejects.toThrow(message);
});

test.each<[string, WireObject, string]>([
  ["runs update", { create: "echo create", update: "echo $PULUMI_COMMAND_STDOUT,$PULUMI_COMMAND_STDERR" }, "o,e"],
  ["runs create without update", { create: "echo create" }, "create"],
  ["may not know what was before", { create: "echo $PULUMI_COMMAND_STDOUT.", addPreviousOutputInEnv: false }, "."],
  ["runs nothing without both", {}, "o"],
])("a changed command %s", async (_name, inputs, stdout) => {
  expect((await local().update({ stdout: "o", stderr: "e" }, inputs))["stdout"]).toBe(stdout);
});

test("a deleted command runs delete", async () => {
  await local().delete({ delete: 'test "$PULUMI_COMMAND_STDOUT" = o', stdout: "o", stderr: "" });
  await expect(local().delete({ delete: "false", stdout: "", stderr: "" })).rejects.toThrow("exit status 1");
});

test("a command ends when the update is cancelled", async () => {
  const resource = local();
  const created = resource.create({ create: "echo begun; exec sleep 60" });
  await expect.poll(() => resource.logged).toEqual([["status", "begun"]]);
  await resource.provider.cancel();
  await expect(created).rejects.toThrow("signal: killed");
});
