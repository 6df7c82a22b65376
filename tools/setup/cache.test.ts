import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { cacheFolder, madeOnce, withCacheLock } from "./cache.ts";

let base: string;
const quiet = () => undefined;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "cache-"));
  vi.stubEnv("XDG_CACHE_HOME", base);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(base, { recursive: true, force: true });
});

test("the cache folder follows XDG_CACHE_HOME, else it is in ~/.cache", () => {
  expect(cacheFolder()).toBe(join(base, "pulumi-anycast"));
  vi.stubEnv("XDG_CACHE_HOME", "");
  expect(cacheFolder()).toBe(join(homedir(), ".cache", "pulumi-anycast"));
});

test("work under one name runs one after the other, under two names side by side", async () => {
  const events: string[] = [];
  const log = (event: string) => async () => {
    events.push(event);
  };
  await withCacheLock("a", quiet, async () => {
    events.push("a1 begins");
    let second: Promise<void> | undefined;
    await new Promise<void>((told) => {
      second = withCacheLock("a", told, log("a2"));
    });
    await withCacheLock("b", quiet, log("b"));
    events.push("a1 ends");
    return { second };
  }).then(({ second }) => second);
  expect(events).toEqual(["a1 begins", "b", "a1 ends", "a2"]);
});

test("the lock ends with work that fails, and passes its error on", async () => {
  const failing = withCacheLock("a", quiet, async () => {
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  await expect(withCacheLock("a", quiet, async () => "free")).resolves.toBe("free");
});

test("the lock ends with a process that is killed while it holds it", async () => {
  const module = join(import.meta.dirname, "cache.ts");
  const program =
    `const { withCacheLock } = await import(${JSON.stringify(module)});` +
    'await withCacheLock("a", () => {}, async () => { console.log("held"); await new Promise((r) => setTimeout(r, 60000)); });';
  const holder = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  const ended = once(holder, "exit");
  holder.kill("SIGKILL");
  await ended;
  await withCacheLock("a", quiet, async () => {
    expect(await readdir(cacheFolder())).toEqual(["a.lock"]);
  });
});

test("what has the same recipe is made once, by whoever comes first, and found by all", async () => {
  let made = 0;
  const make = async (folder: string): Promise<void> => {
    await mkdir(folder);
    await writeFile(join(folder, "content"), String(++made));
  };
  const paths = await Promise.all(["a", "a", "b"].map((recipe) => madeOnce("thing", [recipe], make)));
  expect(new Set(paths).size).toBe(2);
  expect(paths[0]).toBe(paths[1]);
  const contents = await Promise.all(paths.map((path) => readFile(join(path, "content"), "utf8")));
  expect([made, contents[0]]).toEqual([2, contents[1]]);
});

test("what was made half is not found: it is made anew", async () => {
  const half = madeOnce("thing", [], async (folder) => {
    await mkdir(folder);
    await writeFile(join(folder, "half"), "");
    throw new Error("no room");
  });
  await expect(half).rejects.toThrow("no room");
  expect(await readdir(await madeOnce("thing", [], async (folder) => mkdir(folder)))).toEqual([]);
});
