import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchCgroup } from "./cgroup.ts";

let root: string;
let ended: number;
let end = (): void => {};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "cgroups-"));
  ended = 0;
});
afterEach(async () => {
  end();
  await rm(root, { recursive: true, force: true });
});

/** Writes in one go, as the kernel changes the file. */
async function populate(slice: string, unit: string, populated: 0 | 1): Promise<void> {
  await mkdir(join(root, slice, unit), { recursive: true });
  await writeFile(join(root, slice, unit, "cgroup.events"), `populated ${populated}\nfrozen 0\n`, { flag: "r+" }).catch(
    () => writeFile(join(root, slice, unit, "cgroup.events"), `populated ${populated}\nfrozen 0\n`),
  );
}

function begin(unit: string): void {
  end = watchCgroup(unit, () => void ended++, root);
}

test("the end of the last process is told, its start is not", async () => {
  await populate("system.slice", "knot.service", 1);
  begin("knot.service");
  await populate("system.slice", "knot.service", 0);
  await vi.waitFor(() => expect(ended).toBe(1));
  await populate("system.slice", "knot.service", 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(ended).toBe(1);
  await populate("system.slice", "knot.service", 0);
  await vi.waitFor(() => expect(ended).toBe(2));
});

test("a group that vanishes at once, and comes again, is told and watched again", async () => {
  await populate("system.slice", "knot.service", 1);
  begin("knot.service");
  await rm(join(root, "system.slice/knot.service"), { recursive: true });
  await vi.waitFor(() => expect(ended).toBe(1));
  await populate("system.slice", "knot.service", 1);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await populate("system.slice", "knot.service", 0);
  await vi.waitFor(() => expect(ended).toBe(2));
});

test("a unit is found in the slice of its template, and one that never ran is waited for", async () => {
  begin("web@a.service");
  await populate("system.slice/system-web.slice", "web@a.service", 1);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  await populate("system.slice/system-web.slice", "web@a.service", 0);
  await vi.waitFor(() => expect(ended).toBe(1));
});
