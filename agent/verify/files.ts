import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Drift } from "../../model/verification.ts";
import { textOf, type Change } from "../apply/changes.ts";
import type { Entry } from "../apply/entry.ts";
import { AgentError } from "../error.ts";
import { said, type Run } from "../exec.ts";

/** Lines of a diff that are shown. */
const MOST_LINES = 40;

/**
 * What is wrong with a file.
 *
 * @param change from what is there to what was applied
 * @param secret whether nothing of its content may be told (safety 18)
 */
export async function fileDrift(
  run: Run,
  { path, before: found, after: applied }: Change,
  secret: boolean,
): Promise<Drift> {
  const drift = (problem: string, more: Partial<Drift> = {}): Drift => ({
    about: path,
    problem,
    line: null,
    diff: null,
    ...more,
  });
  if (found.kind === "absent") return drift("is missing");
  if (applied.kind === "absent") return drift("is there and should not be");
  if (found.kind !== "file" || applied.kind !== "file")
    return drift(`is ${described(found)} and should be ${described(applied)}`);
  if (found.content.equals(applied.content)) return drift(rights(found, applied));
  if (secret) return drift("differs from what was applied");
  const [before, after] = [textOf(applied), textOf(found)];
  const diff = await unifiedDiff(run, before, after);
  return drift("differs from what was applied", { line: firstDifference(before, after), diff });
}

function described(entry: Entry): string {
  return entry.kind === "link" ? `a link to ${entry.target}` : "a file";
}

type File = Extract<Entry, { kind: "file" }>;

function rights(found: File, applied: File): string {
  if (found.mode !== applied.mode) return `has mode ${octal(found)} and should have ${octal(applied)}`;
  return `belongs to ${found.uid}:${found.gid} and should belong to ${applied.uid}:${applied.gid}`;
}

function octal({ mode }: File): string {
  return mode.toString(8).padStart(4, "0");
}

/** Counted from 1; of a file that ends too early, the line after its last one. */
function firstDifference(before: string, after: string): number {
  const [was, is] = [before.split("\n"), after.split("\n")];
  const index = is.findIndex((line, at) => line !== was[at]);
  return (index < 0 ? is.length : index) + 1;
}

/**
 * The first hunks of a unified diff, by the host's own diff(1).
 *
 * @throws AgentError when it fails
 */
export async function unifiedDiff(run: Run, applied: string, found: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "anycast-verify-"));
  try {
    const paths = [join(folder, "applied"), join(folder, "found")] as const;
    await writeFile(paths[0], applied);
    await writeFile(paths[1], found);
    const labels = ["--label=applied", "--label=found"];
    const finished = await run(["diff", "--text", "--unified=1", ...labels, ...paths]);
    if (finished.status !== 1) throw new AgentError(`diff failed: ${said(finished)}`);
    const lines = finished.stdout.trimEnd().split("\n");
    const rest = lines.length - MOST_LINES;
    return [...lines.slice(0, MOST_LINES), ...(rest > 0 ? [`… ${rest} more lines`] : [])].join("\n");
  } finally {
    await rm(folder, { recursive: true });
  }
}
