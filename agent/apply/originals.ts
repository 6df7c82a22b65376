import type { Change } from "./changes.ts";
import { putEntry } from "./entry.ts";
import { at, STATE, type Host } from "./host.ts";
import type { Situation } from "./plan.ts";

/** Keeps what stood in the place of files that become ours with this apply, as a package put it there. */
export async function keepOriginals(
  host: Host,
  { changes, ours, wanted }: Pick<Situation, "ours" | "wanted"> & { readonly changes: readonly Change[] },
): Promise<void> {
  for (const { path, before } of changes) {
    if (wanted.has(path) && !ours.has(path)) await putEntry(at(host, `${STATE.originals}${path}`), before);
  }
}
