import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandCheck } from "./command.ts";

const timing = { every: 1000, timeout: 500, fall: 1, rise: 1 };
const probe = (argv: string[], signal = AbortSignal.timeout(5000)): Promise<void> =>
  commandCheck({ kind: "command", argv, ...timing }).probe(signal);

test("status 0 is healthy", async () => {
  await expect(probe(["true"])).resolves.toBeUndefined();
});

test("another status is a failure that tells what the command complained about", async () => {
  await expect(probe(["sh", "-c", "echo no disk >&2; exit 3"])).rejects.toThrow("status 3: no disk");
});

test("a command that does not exist is a failure", async () => {
  await expect(probe(["/nonexistent"])).rejects.toThrow("ENOENT");
});

test("at the signal the whole process group is killed", async () => {
  const folder = await mkdtemp(join(tmpdir(), "anycast-command-"));
  const file = join(folder, "pid");
  const giveUp = new AbortController();
  const probing = probe(["sh", "-c", `sleep 60 & echo $! > ${file}; wait`], giveUp.signal);
  const grandchild = async (): Promise<number> => Number(await readFile(file, "utf8").catch(() => ""));
  await expect.poll(grandchild).toBeGreaterThan(0);
  const pid = await grandchild();
  giveUp.abort();
  await expect(probing).rejects.toThrow("ended by SIGKILL");
  await expect.poll(() => isRunning(pid)).toBe(false);
  await rm(folder, { recursive: true });
});

/** A process that nobody has waited for yet does not run either. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "State:\tX");
  return !/^State:\t[XZ]/m.test(status);
}
