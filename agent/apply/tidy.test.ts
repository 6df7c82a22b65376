import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PATHS } from "../../model/paths.ts";
import type { Current } from "./current.ts";
import { at, STATE, type Host } from "./host.ts";
import { tidy } from "./tidy.ts";

const current: Current = { format: 1, site: "fra", digest: "d", secrets: "used", paths: ["/etc/kept"] };

let host: Host;
beforeEach(async () => {
  const root = await mkdtemp(join(tmpdir(), "anycast-tidy-"));
  host = { root, run: () => Promise.reject(new Error("nothing is to be run")), log: () => {} };
  await mkdir(at(host, PATHS.agents), { recursive: true });
  await symlink(`${PATHS.agents}/agent-03.mjs`, at(host, PATHS.agent));
});
afterEach(() => rm(host.root, { recursive: true }));

/** Makes files, each a minute younger than the one before. */
async function files(folder: string, ...names: readonly string[]): Promise<void> {
  await mkdir(at(host, folder), { recursive: true });
  for (const [minute, name] of names.entries()) {
    const path = at(host, `${folder}/${name}`);
    await writeFile(path, "");
    await utimes(path, minute * 60, minute * 60);
  }
}

async function left(folder: string): Promise<string[]> {
  return (await readdir(at(host, folder))).toSorted();
}

test("the bundle in use and the two youngest others stay", async () => {
  await files(PATHS.agents, "agent-01.mjs", "agent-02.mjs", "agent-03.mjs", "agent-04.mjs", "agent-05.mjs", "notes");
  await tidy(host, current, []);
  expect(await left(PATHS.agents)).toEqual(["agent-03.mjs", "agent-04.mjs", "agent-05.mjs", "agent.mjs", "notes"]);
});

test("secrets older than those in use go; younger ones wait for their apply", async () => {
  await files(PATHS.secrets, "old.json", "used.json", "young.json");
  await tidy(host, current, []);
  expect(await left(PATHS.secrets)).toEqual(["used.json", "young.json"]);
});

test("without secrets in use, none is touched", async () => {
  await files(PATHS.secrets, "old.json");
  await tidy(host, { ...current, secrets: null }, []);
  expect(await left(PATHS.secrets)).toEqual(["old.json"]);
});

test("originals of what is ours stay", async () => {
  await files(`${STATE.originals}/etc`, "gone", "kept");
  await tidy(host, current, []);
  expect(await left(`${STATE.originals}/etc`)).toEqual(["kept"]);
});
