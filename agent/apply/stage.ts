import { rm } from "node:fs/promises";
import { putEntry } from "./entry.ts";
import { at, STATE, type Host } from "./host.ts";
import type { Wanted } from "./wanted.ts";

/** Where a file of the host is while it is staged. */
export function staged(host: Pick<Host, "root">, path: string): string {
  return at(host, `${STATE.staged}${path}`);
}

/** Writes all wanted files beside each other below the staging folder, which nothing uses but the checkers. */
export async function stage(host: Host, wanted: Wanted): Promise<void> {
  await unstage(host);
  for (const [path, entry] of wanted) {
    if (entry.kind === "file") await putEntry(staged(host, path), entry);
  }
}

/** Removes all staged files. */
export async function unstage(host: Host): Promise<void> {
  await rm(at(host, STATE.staged), { recursive: true, force: true });
}
