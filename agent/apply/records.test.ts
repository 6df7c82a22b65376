import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { at, STATE } from "./host.ts";
import { keepRecord, keptFor, readRecords, recordToRestore, type ApplyRecord } from "./records.ts";

let host: { root: string };
beforeEach(async () => {
  host = { root: await mkdtemp(join(tmpdir(), "anycast-records-")) };
});
afterEach(() => rm(host.root, { recursive: true }));

function record(digest: string, outcome: ApplyRecord["outcome"] = "applied"): Omit<ApplyRecord, "format" | "id"> {
  return {
    at: "2026-01-02T03:04:05.678Z",
    took: 1234,
    outcome,
    cause: outcome === "failed" ? "refused by BIRD" : null,
    rollbackTo: null,
    changed: ["/etc/bird/bird.conf"],
    digest,
    bundle: `/usr/local/lib/anycast/agent-${digest}.mjs`,
    packages: { bird2: "2.0.12-8" },
    manifest: JSON.stringify({
      format: 1,
      site: "fra",
      secrets: "00000000-0000-4000-8000-000000000000",
      soak: 0,
      files: {},
    }),
  };
}

async function restored(current: string | undefined, wanted?: number): Promise<number> {
  return recordToRestore(await readRecords(host), current, wanted).id;
}

test("a host that remembers none has none", async () => {
  expect(await readRecords(host)).toEqual([]);
  await expect(restored(undefined)).rejects.toThrow("there is nothing to go back to");
});

test("the last 20 are kept, for root alone, and their numbers go on", async () => {
  for (let number = 1; number <= 23; number += 1) await keepRecord(host, record(`d${number}`));
  const records = await readRecords(host);
  expect(records.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => index + 4));
  expect(records.at(-1)?.digest).toBe("d23");
  expect(await readdir(at(host, STATE.applies))).toHaveLength(20);
});

test("the one before is the newest that was applied and is another than the current", async () => {
  for (const digest of ["a", "b"]) await keepRecord(host, record(digest));
  await keepRecord(host, record("broken", "failed"));
  expect(await restored("b")).toBe(1);
  expect(await restored("a")).toBe(2);
  expect(await restored("c")).toBe(2);
});

test("one that failed, or is none, cannot be gone back to, and those that can are named", async () => {
  await keepRecord(host, record("a"));
  await keepRecord(host, record("broken", "failed"));
  await expect(restored("a", 2)).rejects.toThrow("apply 2 failed, and left nothing to go back to; applied were: 1.");
  await expect(restored("a", 9)).rejects.toThrow("there is no apply 9; applied were: 1.");
  expect(await restored("a", 1)).toBe(1);
});

test("their bundles and secrets have to stay", async () => {
  await keepRecord(host, record("a"));
  expect(keptFor(await readRecords(host))).toEqual({
    bundles: new Set(["agent-a.mjs"]),
    secrets: new Set(["00000000-0000-4000-8000-000000000000"]),
    packages: new Set(["2.0.12-8"]),
  });
});
