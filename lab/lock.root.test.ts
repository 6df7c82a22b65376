import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { down } from "./down.ts";
import { makeLabFolder, type Lab } from "./folder.ts";
import { REGISTRY, withLock } from "./lock.ts";
import { claimManagementNetwork, releaseManagementNetwork } from "./management-network.ts";
import { disposeLab, temporaryLab } from "./temporary-lab.ts";

const labs: Lab[] = [];

async function labWithFolder(): Promise<Lab> {
  const lab = await temporaryLab();
  labs.push(lab);
  await makeLabFolder(lab);
  return lab;
}

afterEach(async () => {
  for (const lab of labs.splice(0)) await disposeLab(lab);
});

async function claimants(): Promise<string[]> {
  const names = (await readdir(REGISTRY)).filter((name) => name.startsWith("network-"));
  return Promise.all(names.map(async (name) => (await readFile(join(REGISTRY, name), "utf8")).trim()));
}

test("a lock lets one in at a time, and leaves no file", async () => {
  const name = `test-${process.pid}`;
  let inside = 0;
  const most = await Promise.all(
    Array.from({ length: 8 }, () =>
      withLock(name, async () => {
        inside += 1;
        await sleep(2);
        const seen = inside;
        inside -= 1;
        return seen;
      }),
    ),
  );
  expect(most).toEqual(Array.from({ length: 8 }, () => 1));
  expect((await readdir(REGISTRY).catch(() => [])).filter((file) => file.startsWith(name))).toEqual([]);
});

test("a lock is free when its holder is killed", async () => {
  const name = `test-killed-${process.pid}`;
  const module = join(import.meta.dirname, "lock.ts");
  const script = `import(${JSON.stringify(module)}).then(({ withLock }) => withLock(${JSON.stringify(name)}, async () => {
    console.log("held");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }));`;
  const child = spawn(process.execPath, ["--import", "tsx", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  expect(await withLock(name, async () => "mine")).toBe("mine");
});

test("labs that start at the same moment get management networks of their own, and keep them", async () => {
  const all = await Promise.all(Array.from({ length: 5 }, labWithFolder));
  const numbers = await Promise.all(all.map(claimManagementNetwork));
  expect(new Set(numbers).size).toBe(5);
  expect(await Promise.all(all.map(claimManagementNetwork))).toEqual(numbers);
});

test("the network of a lab whose folder was deleted by hand is free again", async () => {
  const [gone, next] = [await labWithFolder(), await labWithFolder()];
  await claimManagementNetwork(gone);
  await rm(gone.folder, { recursive: true });
  await claimManagementNetwork(next);
  expect(await claimants()).not.toContain(gone.folder);
  expect(await claimants()).toContain(next.folder);
  await releaseManagementNetwork(next);
  expect(await claimants()).not.toContain(next.folder);
});

test("a folder with something else in it is refused, as down would remove it", async () => {
  const lab = await temporaryLab();
  labs.push(lab);
  await mkdir(lab.folder, { recursive: true });
  await writeFile(join(lab.folder, "thesis.txt"), "");
  await expect(makeLabFolder(lab)).rejects.toThrow("it already holds 'thesis.txt'");
  await down(lab);
  expect(await readdir(lab.folder)).toEqual(["thesis.txt"]);
});
