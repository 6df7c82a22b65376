import type { Part } from "./units.ts";

/** A Debian package that is to have another version. */
export interface PackageChange {
  readonly name: string;
  /** Undefined when it is not installed. */
  readonly before: string | undefined;
  readonly after: string;
}

/** A package as it was; without a version it was not there. */
export interface Former {
  readonly name: string;
  readonly version?: string | undefined;
}

/** What changes, as it is before and after. */
export function formerAndNext(changes: readonly PackageChange[]): Former[] {
  return changes.flatMap(({ name, before, after }) =>
    [before, after].flatMap((version) => (version === undefined ? [] : [{ name, version }])),
  );
}

/** The parts of a site that run from a package. */
const RUNS: ReadonlyMap<string, Part> = new Map([
  ["bird2", "bird"],
  ["knot", "knot"],
  ["nodejs", "agent"],
]);

/** Whether a part of a site runs from a package that changes. */
export function runsFrom(part: Part, changes: readonly PackageChange[]): boolean {
  return changes.some(({ name }) => RUNS.get(name) === part);
}

/** The packages whose version is not the wanted one. */
export function packageChanges(
  wanted: Readonly<Record<string, string>>,
  installed: ReadonlyMap<string, string>,
): PackageChange[] {
  return Object.entries(wanted)
    .map(([name, after]) => ({ name, before: installed.get(name), after }))
    .filter(({ before, after }) => before !== after);
}

/** As in `bird2 2.0.12-7 → 2.0.12-8`. */
export function inWords({ name, before = "not installed", after }: PackageChange): string {
  return `${name} ${before} → ${after}`;
}

/** What `apt-get --simulate install` says that it would install: what was asked for, and what that brings along. */
export function simulated(stdout: string): PackageChange[] {
  return [...stdout.matchAll(/^Inst (\S+) (?:\[(\S+)\] )?\((\S+) /gm)].map(([, name = "", before, after = ""]) => ({
    name,
    before,
    after,
  }));
}
