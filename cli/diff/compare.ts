import { structuredPatch } from "diff";
import { PATHS } from "../../model/paths.ts";
import type { Rendered } from "../rendered.ts";

/** A change of one file, the same at all its sites. */
export interface FileChange {
  readonly path: string;
  readonly sites: readonly string[];
  /** Lines of a unified diff, from the first hunk's `@@` on. */
  readonly lines: readonly string[];
}

/** How two renderings differ. */
export interface Comparison {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changes: readonly FileChange[];
}

type Sites = Rendered["sites"];

/** Lines around a changed one. */
const CONTEXT = 3;

/** What differs between two renderings. Of a site that is new, BIRD's configuration alone is shown. */
export function compare(before: Sites, after: Sites): Comparison {
  const added = Object.keys(after).filter((site) => before[site] === undefined);
  const removed = Object.keys(before).filter((site) => after[site] === undefined);
  const groups = new Map<string, { path: string; sites: string[]; lines: string[] }>();
  for (const [site, files] of Object.entries(after)) {
    const former = before[site] ?? {};
    const paths = added.includes(site) ? [PATHS.bird] : [...new Set([...Object.keys(former), ...Object.keys(files)])];
    for (const path of paths) {
      const lines = unified(former[path] ?? "", files[path] ?? "");
      if (lines.length === 0) continue;
      // Where a change stands, and what is around it, may differ from site to site, and so does the header's name of the site.
      const changed = lines.filter((line) => /^[+-]/.test(line));
      const key = JSON.stringify([path, changed.map((line) => line.replace(`for site ${site}.`, ""))]);
      const group = groups.get(key) ?? { path, sites: [], lines };
      group.sites.push(site);
      groups.set(key, group);
    }
  }
  return { added, removed, changes: [...groups.values()].toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1)) };
}

function unified(before: string, after: string): string[] {
  return structuredPatch("", "", before, after, undefined, undefined, { context: CONTEXT }).hunks.flatMap(
    ({ oldStart, oldLines, newStart, newLines, lines }) => [
      `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
      ...lines,
    ],
  );
}

/** What a router says first, then the rest by its path. */
function rank({ path }: FileChange): string {
  return path === PATHS.bird ? "" : path;
}
