import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { finding } from "../testing/loopback.ts";

const command = (...argv: string[]) => ({ kind: "command", argv }) as const;

test("status 0 is healthy", async () => {
  expect(await finding(command("true"))).toBe("healthy");
});

test("another status is a failure that tells what the command complained about", async () => {
  expect(await finding(command("sh", "-c", "echo no disk >&2; echo more >&2; exit 3"))).toBe("status 3: no disk");
  expect(await finding(command("sh", "-c", "exit 4"))).toBe("status 4");
  expect(await finding(command("sh", "-c", "kill -TERM $$"))).toBe("ended by SIGTERM");
});

test("what a command writes is read, however much it is", async () => {
  expect(await finding(command("head", "-c", "1000000", "/dev/zero"))).toBe("healthy");
});

test("a command that does not exist is a failure", async () => {
  expect(await finding(command("/nonexistent"))).toBe("spawn /nonexistent ENOENT");
});

/** A shell command that starts a long process, and how to learn that one's pid. */
async function longLived(end: string): Promise<{ script: string; pid: () => Promise<number> }> {
  const folder = await mkdtemp(join(tmpdir(), "anycast-command-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "pid");
  return {
    script: `sleep 60 & echo $! > ${file}; ${end}`,
    pid: async () => Number(await readFile(file, "utf8").catch(() => "")),
  };
}

test("when the time is up the whole process group is killed", async () => {
  const { script, pid } = await longLived("wait");
  expect(await finding(command("sh", "-c", script), 500)).toBe("given up");
  expect(await pid()).toBeGreaterThan(0);
  await expect.poll(async () => isRunning(await pid())).toBe(false);
});

test("what a command leaves behind is killed, and does not delay the result", async () => {
  const { script, pid } = await longLived("exit 0");
  expect(await finding(command("sh", "-c", script))).toBe("healthy");
  expect(await pid()).toBeGreaterThan(0);
  await expect.poll(async () => isRunning(await pid())).toBe(false);
});

test("who leaves the group and holds the output delays nothing", async () => {
  expect(await finding(command("sh", "-c", "setsid sleep 2 & sleep 0.1"), 1000)).toBe("healthy");
});

/** A process that nobody has waited for yet does not run either. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "State:\tX");
  return !/^State:\t[XZ]/m.test(status);
}
