import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchEventFolder } from "./event-folder.ts";

let parent: string;
let folder: string;
let told: string[];
let logged: string[];
let end = (): void => {};
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "service-events-"));
  folder = join(parent, "events");
  [told, logged] = [[], []];
});
afterEach(async () => {
  end();
  await rm(parent, { recursive: true, force: true });
});

function begin(): void {
  const note = (kind: string) => (unit: string) =>
    void told.push(`${kind} ${unit} ${existsSync(join(folder, `${kind}:${unit}`))}`);
  const listener = { ended: note("ended"), stopping: note("stopping"), loaded: () => note("loaded")("firewall") };
  end = watchEventFolder(folder, listener, (line) => logged.push(line));
}

test("each event is told once, and answered by its removal afterwards", async () => {
  begin();
  await mkdir(join(folder, "ended:knot.service"));
  await vi.waitFor(() => expect(told).toEqual(["ended knot.service true"]));
  await mkdir(join(folder, "stopping:web@a.service"));
  await vi.waitFor(() => expect(told.slice(1)).toEqual(["stopping web@a.service true"]));
  await vi.waitFor(() => expect(existsSync(join(folder, "stopping:web@a.service"))).toBe(false));
  await mkdir(join(folder, "loaded:firewall"));
  await vi.waitFor(() => expect(told.slice(2)).toEqual(["loaded firewall true"]));
  await mkdir(join(folder, "ended:knot.service"));
  await vi.waitFor(() => expect(told).toHaveLength(4));
  expect(logged).toEqual([]);
});

test("what happened before the agent watched is told", async () => {
  await mkdir(join(folder, "ended:knot.service"), { recursive: true });
  begin();
  expect(told).toEqual(["ended knot.service true"]);
});

test("to an agent that was held up meanwhile, a unit's stop is told before its end", async () => {
  for (const event of ["ended", "stopping"]) await mkdir(join(folder, `${event}:knot.service`), { recursive: true });
  begin();
  expect(told).toEqual(["stopping knot.service true", "ended knot.service true"]);
});

test("other things in the folder are left alone", async () => {
  await mkdir(join(folder, "other"), { recursive: true });
  begin();
  expect(told).toEqual([]);
  expect(existsSync(join(folder, "other"))).toBe(true);
});

test("a folder that is removed by hand is made again and watched", async () => {
  begin();
  await rm(folder, { recursive: true });
  await vi.waitFor(() => expect(existsSync(folder)).toBe(true), { timeout: 3000 });
  await mkdir(join(folder, "ended:knot.service"));
  await vi.waitFor(() => expect(told).toEqual(["ended knot.service true"]));
  expect(logged).toHaveLength(1);
});
