import { lstat, readdir, readlink, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { PATHS } from "../../model/paths.ts";
import { hasCode, isMissing } from "../error.ts";
import type { Current } from "./current.ts";
import { at, STATE, type Host } from "./host.ts";
import { dropBackup } from "./journal.ts";
import { tidyPackages } from "./package-files.ts";
import type { PackageChange } from "./packages.ts";
import { keptFor, readRecords } from "./records.ts";

/** How many bundles of the agent stay beside the one in use. */
const FORMER_BUNDLES = 2;

/**
 * Removes what no apply and no rollback will need any more: old bundles of the agent, secrets older than those in use, originals that are back
 * in their place, packages.
 *
 * @param packages those that this apply changed
 */
export async function tidy(host: Host, current: Current, packages: readonly PackageChange[]): Promise<void> {
  await dropBackup(host);
  const kept = keptFor(await readRecords(host));
  await tidyBundles(host, kept.bundles);
  await tidySecrets(host, current, kept.secrets);
  await tidyOriginals(host, current);
  await tidyPackages(host, packages, kept.packages);
}

async function tidyBundles(host: Host, kept: ReadonlySet<string>): Promise<void> {
  const folder = at(host, PATHS.agents);
  const inUse = basename(await readlink(at(host, PATHS.agent)));
  const others = (await filesByAge(folder)).filter(
    (path) => /\/agent-[0-9a-f]+\.mjs$/.test(path) && basename(path) !== inUse,
  );
  for (const path of others.slice(FORMER_BUNDLES)) if (!kept.has(basename(path))) await rm(path, { force: true });
}

/** Secrets that are newer than those in use belong to an apply that is still to come. */
async function tidySecrets(host: Host, { secrets }: Current, kept: ReadonlySet<string>): Promise<void> {
  if (secrets === null) return;
  const all = await filesByAge(at(host, PATHS.secrets));
  const inUse = all.findIndex((path) => path.endsWith(`/${secrets}.json`));
  for (const path of all.slice(inUse + 1)) if (!kept.has(basename(path, ".json"))) await rm(path, { force: true });
}

async function tidyOriginals(host: Host, { paths }: Current): Promise<void> {
  const folder = at(host, STATE.originals);
  const ours = new Set(paths.map((path) => join(folder, path)));
  for (const path of await filesBelow(folder)) {
    if (!ours.has(path)) await rm(path, { force: true });
  }
}

/** The files in a folder, the youngest first. */
async function filesByAge(folder: string): Promise<string[]> {
  const paths = (await readFolder(folder)).map((name) => join(folder, name));
  const aged = await Promise.all(paths.map(async (path) => ({ path, age: -(await lstat(path)).mtimeMs })));
  aged.sort((a, b) => a.age - b.age);
  return aged.map(({ path }) => path);
}

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readFolder(folder)) {
    const path = join(folder, name);
    found.push(...((await lstat(path)).isDirectory() ? await filesBelow(path) : [path]));
  }
  return found;
}

async function readFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error) || hasCode(error, "ENOTDIR")) return [];
    throw error;
  }
}
