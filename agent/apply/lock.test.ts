import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lock } from "./lock.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "anycast-lock-"));
});
afterAll(() => rm(root, { recursive: true }));

/** How many wait for this lock: children of this process. */
function waiters(): number {
  const { stdout } = spawnSync("pgrep", [
    "--parent",
    String(process.pid),
    "--full",
    "--count",
    `flock --wait 120 ${root}`,
  ]);
  return Number(stdout);
}

test("who waits in vain learns who has the lock and since when; who waits long enough gets it", async () => {
  const before = Date.now();
  const first = await lock({ root }, { what: "apply", from: "192.0.2.7" });
  const refused = await lock({ root }, { what: "rollback", from: null }, 200).catch((error: Error) => error.message);
  expect(refused).toMatch(
    /^another apply, from 192\.0\.2\.7, has been changing this host since .*did not end within 0\.2 s/,
  );
  const since = Date.parse(/since (\S+Z),/.exec(typeof refused === "string" ? refused : "")?.[1] ?? "");
  expect(since).toBeGreaterThanOrEqual(before);
  expect(since).toBeLessThanOrEqual(Date.now());

  const waiting = lock({ root }, { what: "rollback", from: null });
  await expect.poll(waiters).toBe(1);
  first.unlock();
  const second = await waiting;
  expect([first.waited, second.waited]).toEqual([false, true]);
  await expect(lock({ root }, { what: "apply", from: null }, 200)).rejects.toThrow(
    "another rollback, from this host's console, has been changing",
  );
  second.unlock();
});
