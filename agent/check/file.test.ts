import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { finding } from "../testing/loopback.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "anycast-file-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("a file that exists is healthy, one that does not is a failure", async () => {
  const path = join(folder, "there");
  expect(await finding({ kind: "file", path })).toBe("the file does not exist");
  await writeFile(path, "");
  expect(await finding({ kind: "file", path })).toBe("healthy");
});

test("a file that changed too long ago is a failure", async () => {
  const path = join(folder, "beat");
  await writeFile(path, "");
  expect(await finding({ kind: "file", path, age: 60_000 })).toBe("healthy");
  const then = Date.now() / 1000 - 90;
  await utimes(path, then, then);
  expect(await finding({ kind: "file", path, age: 60_000 })).toMatch(/^last changed 90\.\d s ago, more than 60 s$/);
  expect(await finding({ kind: "file", path })).toBe("healthy");
});

test("something in the way is told", async () => {
  await writeFile(join(folder, "plain"), "");
  expect(await finding({ kind: "file", path: join(folder, "plain/file") })).toMatch("ENOTDIR");
});
