import { readEntry, sameEntry, ABSENT, type Entry } from "./entry.ts";
import { at, STATE, type Host } from "./host.ts";
import type { Wanted } from "./wanted.ts";

/** A path that is to change. */
export interface Change {
  readonly path: string;
  readonly before: Entry;
  readonly after: Entry;
}

/**
 * What is to change for the host to have what is wanted. What is ours and no longer wanted goes, or becomes again what it was before us.
 *
 * @param ours the paths of the last apply
 */
export async function changesTo(host: Host, wanted: Wanted, ours: readonly string[]): Promise<Change[]> {
  const left = ours.filter((path) => !wanted.has(path));
  const goals = new Map(wanted);
  for (const path of left) goals.set(path, await readEntry(at(host, `${STATE.originals}${path}`)));
  const changes: Change[] = [];
  for (const [path, after] of goals) {
    const before = await readEntry(at(host, path));
    if (!sameEntry(before, after)) changes.push({ path, before, after });
  }
  return changes;
}

/** The same changes in the other direction. */
export function reversed(changes: readonly Change[]): Change[] {
  return changes.map(({ path, before, after }) => ({ path, before: after, after: before }));
}

/** The text of a file; empty when there is none. */
export function textOf(entry: Entry = ABSENT): string {
  return entry.kind === "file" ? entry.content.toString() : "";
}
