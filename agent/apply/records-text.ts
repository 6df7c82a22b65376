import { moment } from "../../model/moment.ts";
import type { ApplySummary } from "../../model/applies.ts";
import { table } from "../status/table.ts";
import { duration } from "../../model/duration-text.ts";
import type { ApplyRecord } from "./records.ts";

/**
 * What is told of the remembered applies: all but their manifests.
 *
 * @param current the digest of what was applied last
 */
export function summaries(records: readonly ApplyRecord[], current: string | undefined): ApplySummary[] {
  const inUse = records.findLast(({ outcome, digest }) => outcome === "applied" && digest === current)?.id;
  return records.map(({ format: _format, manifest: _manifest, bundle: _bundle, ...rest }) => ({
    ...rest,
    current: rest.id === inUse,
  }));
}

/** The remembered applies as people read them, the oldest first, a line each. */
export function recordsText(all: readonly ApplySummary[]): string {
  if (all.length === 0) return "no apply is remembered yet";
  return table(
    all.map(({ id, at, took, outcome, cause, rollbackTo, changed, digest, current }) => [
      `${current ? "*" : " "} ${id}`,
      moment(at),
      digest.slice(0, 12),
      rollbackTo === null ? outcome : `${outcome}, back to ${rollbackTo}`,
      `in ${duration(took)}`,
      cause ?? changed.join(" "),
    ]),
  ).join("\n");
}
