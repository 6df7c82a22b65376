import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { at, STATE, type Host } from "./host.ts";
import type { Wanted } from "./wanted.ts";

/** Where a file of the host is while it is staged. */
export function staged(host: Pick<Host, "root">, path: string): string {
  return at(host, `${STATE.staged}${path}`);
}

/** Writes all wanted files beside each other below the staging folder, for root alone: nothing uses them but the checkers. */
export async function stage(host: Host, wanted: Wanted): Promise<void> {
  await unstage(host);
  for (const [path, entry] of wanted) {
    if (entry.kind !== "file") continue;
    await mkdir(dirname(staged(host, path)), { recursive: true, mode: 0o700 });
    await writeFile(staged(host, path), entry.content, { mode: 0o600 });
  }
}

/** Removes all staged files. */
export async function unstage(host: Host): Promise<void> {
  await rm(at(host, STATE.staged), { recursive: true, force: true });
}
