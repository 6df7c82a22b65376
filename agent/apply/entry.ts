import { lstat, mkdir, open, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { AgentError, hasCode, isMissing } from "../error.ts";

/** What stands at a path. */
export type Entry =
  | { readonly kind: "absent" }
  | { readonly kind: "link"; readonly target: string }
  | {
      readonly kind: "file";
      readonly content: Buffer;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

export const ABSENT: Entry = { kind: "absent" };

/** How the names of files end that are not in place yet. */
const UNFINISHED = ".anycast-new";

/** @throws AgentError when something else than a file or a link stands there */
export async function readEntry(path: string): Promise<Entry> {
  try {
    const stat = await lstat(path);
    if (stat.isSymbolicLink()) return { kind: "link", target: await readlink(path) };
    if (!stat.isFile()) throw new AgentError(`${path} is no file: move it away`);
    return { kind: "file", content: await readFile(path), mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
  } catch (error) {
    if (isMissing(error) || hasCode(error, "ENOTDIR")) return ABSENT;
    throw error;
  }
}

export function sameEntry(a: Entry, b: Entry): boolean {
  if (a.kind === "file" && b.kind === "file") {
    return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.content.equals(b.content);
  }
  return a.kind === "link" && b.kind === "link" ? a.target === b.target : a.kind === b.kind;
}

/** Puts an entry in the place of whatever stands there, at once and durably: a crash leaves the one or the other. Makes the folder if there is none. */
export async function putEntry(path: string, entry: Entry): Promise<void> {
  if (entry.kind === "absent") {
    await rm(path, { force: true });
  } else {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true });
    const unfinished = `${path}${UNFINISHED}`;
    await rm(unfinished, { force: true });
    if (entry.kind === "link") await symlink(entry.target, unfinished);
    else await writeDurably(unfinished, entry);
    await rename(unfinished, path);
  }
  await syncFolder(dirname(path));
}

/**
 * Puts many entries in their places, side by side as each waits for the disk.
 *
 * @throws the first error, after all others have ended too
 */
export async function putEntries(entries: readonly (readonly [path: string, entry: Entry])[]): Promise<void> {
  const results = await Promise.allSettled(entries.map(([path, entry]) => putEntry(path, entry)));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** Removes what a crash within {@link putEntry} may have left. */
export async function removeUnfinished(path: string): Promise<void> {
  await rm(`${path}${UNFINISHED}`, { force: true });
}

/** Makes the removal and renaming of files in a folder durable. A folder that is gone needs nothing. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path);
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function writeDurably(
  path: string,
  { content, mode, uid, gid }: Extract<Entry, { kind: "file" }>,
): Promise<void> {
  // Nobody else may read it before it has its owner.
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.chown(uid, gid);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}
