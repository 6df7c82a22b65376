import { lstat, rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { AgentError, hasCode, isMissing } from "../error.ts";
import { actionsSchema, type Actions } from "./actions.ts";
import type { Change } from "./changes.ts";
import { ABSENT, putEntries, readEntry, removeUnfinished, syncFolder, type Entry } from "./entry.ts";
import { at, STATE, type Host } from "./host.ts";
import { readJson, writeJson, writeText } from "./own-file.ts";
import type { PackageChange } from "./packages.ts";
import { undoScript } from "./undo-script.ts";

/** Read across versions: keys that this one does not know are left out. */
const journalSchema = z.object({
  format: z.literal(1),
  site: z.string(),
  /** The boot in which the transaction began: in a later one, the services are not running with its files. */
  boot: z.string(),
  /** The paths that the transaction changes; those that existed have a backup of the same number. */
  paths: z.array(z.object({ path: z.string(), existed: z.boolean() })),
  /** The packages that the transaction changes, as they were before. An older agent changed none. */
  packages: z.array(z.object({ name: z.string(), version: z.string().optional() })).default([]),
  /** Folders that the transaction makes, the deepest first. */
  folders: z.array(z.string()),
  /** What brings the services back to what they did before. */
  undo: actionsSchema,
});

/** All that is needed to put everything back. */
export type Journal = z.output<typeof journalSchema>;

/** What a transaction is about to do. */
export interface Intent {
  readonly site: string;
  readonly boot: string;
  readonly changes: readonly Change[];
  readonly packages: readonly PackageChange[];
  readonly undo: Actions;
}

/** Opens a transaction: from here on, until {@link closeJournal}, a crash is undone: live by {@link restoreFiles}, at boot by the script beside it. */
export async function openJournal(host: Host, { site, boot, changes, packages, undo }: Intent): Promise<Journal> {
  await dropBackup(host);
  await putEntries(changes.map(({ before }, number) => [backupOf(host, number), before]));
  const paths = changes.map(({ path, before }) => ({ path, existed: before.kind !== "absent" }));
  const folders = await missingFolders(host, changes);
  const former = packages.map(({ name, before: version }) => ({ name, ...(version === undefined ? {} : { version }) }));
  const journal: Journal = { format: 1, site, boot, paths, packages: former, folders, undo };
  await writeText(at(host, STATE.undo), undoScript(host, journal));
  await writeJson(at(host, STATE.journal), journal);
  return journal;
}

/** The journal of a transaction that has not ended; undefined when there is none. */
export function readJournal(host: Host): Promise<Journal | undefined> {
  return readJson(at(host, STATE.journal), journalSchema);
}

/** Puts all files back as they were. Can be repeated. */
export async function restoreFiles(host: Host, journal: Journal): Promise<void> {
  const entries: [string, Entry][] = [];
  for (const [number, { path, existed }] of journal.paths.entries()) {
    const before = existed ? await readEntry(backupOf(host, number)) : ABSENT;
    // A backup that is gone must not turn into the removal of the file.
    if (existed && before.kind === "absent")
      throw new AgentError(`the backup of ${path} is gone: ${backupOf(host, number)}`);
    entries.push([at(host, path), before]);
    await removeUnfinished(at(host, path));
  }
  await putEntries(entries);
  for (const folder of journal.folders) await removeEmptyFolder(at(host, folder));
}

/** Ends the transaction: what stands now is valid. */
export async function closeJournal(host: Host): Promise<void> {
  await rm(at(host, STATE.journal), { force: true });
  await syncFolder(at(host, dirname(STATE.journal)));
}

/** Removes the backup of a transaction that has ended. */
export async function dropBackup(host: Host): Promise<void> {
  await rm(at(host, STATE.backup), { recursive: true, force: true });
}

/** Removes a folder unless something is in it. */
export async function removeEmptyFolder(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!isMissing(error) && !hasCode(error, "ENOTEMPTY")) throw error;
  }
}

function backupOf(host: Host, number: number): string {
  return at(host, `${STATE.backup}/${number}`);
}

async function missingFolders(host: Host, changes: readonly Change[]): Promise<string[]> {
  const missing = new Set<string>();
  for (const { path } of changes) {
    for (let folder = dirname(path); folder !== "/" && !missing.has(folder); folder = dirname(folder)) {
      if (await exists(at(host, folder))) break;
      missing.add(folder);
    }
  }
  const deepestFirst = [...missing];
  deepestFirst.sort((a, b) => b.length - a.length);
  return deepestFirst;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
}
