import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { INVENTORY } from "../test/readers/inventory.ts";
import { agentOn, answerIn } from "./answer.ts";
import { onHost } from "./ssh.ts";

const FRA = INVENTORY.sites["fra"]!;
const schema = z.object({ site: z.string() });
const WELL = { unreachable: false, status: 0, stdout: "", stderr: "" };

test("what a shell prints before the answer does not spoil it", () => {
  const stdout = 'Welcome to fra!\n{"lines":1}\n\n{"site":"fra"}\n';
  expect(answerIn(FRA, { ...WELL, stdout }, schema)).toEqual({ value: { site: "fra" } });
});

test("an answer counts whatever the command ended with, as a found difference ends with 1", () => {
  expect(answerIn(FRA, { ...WELL, status: 1, stdout: '{"site":"fra"}' }, schema)).toEqual({ value: { site: "fra" } });
});

test("nothing of an answer moves the terminal", () => {
  const site = "\u001b[2J\u001b]0;title\u0007fra\u009b31m\r\u202e\u0000\tx\ny";
  expect(answerIn(FRA, { ...WELL, stdout: JSON.stringify({ site }) }, schema)).toEqual({
    value: { site: "fra\tx\ny" },
  });
});

test.each([
  [{ stdout: '{"site":"fr' }, 'unexpected reply: the agent may be a different version (no JSON: {"site":"fr)'],
  [{ stdout: "" }, "unexpected reply: the agent may be a different version (no JSON: nothing)"],
  [{ stdout: "\u001b[31mred\u0000\ufffd" }, "(no JSON: red\ufffd)"],
  [{ stdout: "null" }, "unexpected reply: the agent may be a different version (✖ Invalid input"],
  [{ stdout: '{"site":{"__proto__":1}}' }, "unexpected reply"],
  [{ status: 1, stderr: "anycast-agent: fra: no\u001b[31m agent" }, "anycast-agent: fra: no agent"],
  [{ status: 126 }, "its agent ended with status 126 and no message"],
  [{ unreachable: true, status: 255, stderr: "no route" }, "SSH to 192.0.2.1: no route"],
])("%j is a problem of its own site, in one sentence", (changes, problem) => {
  const answer = answerIn(FRA, { ...WELL, ...changes }, schema);
  expect(answer).toEqual({ problem: expect.stringContaining(problem) });
});

test("one site alone is an error that names it once", async () => {
  fakeSsh('echo "anycast-agent: fra: no apply is remembered" >&2; exit 1');
  await expect(agentOn(FRA, undefined, "applies --json", schema)).rejects.toThrow(/^fra: no apply is remembered$/);
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anycast-fake-ssh-"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** What `ssh` does in a test, as a shell script. */
function fakeSsh(script: string): void {
  writeFileSync(join(folder, "ssh"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "ssh"), 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
}

test("the command line of the host is the last argument of ssh, and the address no option of it", async () => {
  fakeSsh('for last in "$@"; do before="$last2"; last2="$last"; done; echo "$before $last2"; echo "$@" >&2');
  const { stdout, stderr } = await onHost(FRA, undefined, "anycast-agent status");
  expect(stdout).toBe("-- anycast-agent status");
  expect(stderr).toMatch(/-l root 192\.0\.2\.1 -- anycast-agent status$/);
  const management = { ...FRA.management, address: "-oProxyCommand=x" };
  expect(await onHost({ management }, undefined, "true")).toMatchObject({
    unreachable: true,
    stderr: "'-oProxyCommand=x' is no address",
  });
});

test.each([
  ["a host that hangs", "exec sleep 60", "no answer within 0.3 s"],
  ["one that ignores the end", "trap '' TERM; while :; do sleep 0.1; done", "no answer within 0.3 s"],
  ["a jump host that stays behind", "sleep 5 & exec sleep 60", "no answer within 0.3 s"],
])("%s costs the time that it is given", async (_, script, stderr) => {
  fakeSsh(script);
  const start = Date.now();
  expect(await onHost(FRA, undefined, "true", 300)).toMatchObject({ unreachable: true, stderr });
  expect(Date.now() - start).toBeLessThan(3000);
});

test("a host that never stops to talk is not listened to for long", async () => {
  fakeSsh("exec yes");
  expect(await onHost(FRA, undefined, "true", 10_000)).toMatchObject({
    unreachable: true,
    stderr: "it answers with more than 2000000 characters",
  });
});

test("a machine without ssh says so", async () => {
  vi.stubEnv("PATH", folder);
  expect(await onHost(FRA, undefined, "true")).toMatchObject({
    unreachable: true,
    stderr: expect.stringContaining("there is no ssh on PATH"),
  });
});
