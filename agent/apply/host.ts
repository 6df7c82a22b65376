import { join } from "node:path";
import { PATHS } from "../../model/paths.ts";
import type { Run } from "../exec.ts";

/** The machine that an apply changes. */
export interface Host {
  /** The folder that stands for `/`; another one in tests. */
  readonly root: string;
  readonly run: Run;
  /** Told what is being done, a line a step. */
  readonly log: (line: string) => void;
}

/** Where a path of the host really is. */
export function at(host: Pick<Host, "root">, path: string): string {
  return join(host.root, path);
}

/** What an apply keeps, below {@link PATHS.state}. */
export const STATE = {
  /** Manifests that are on their way into a transaction, and what became of them. */
  incoming: `${PATHS.state}/incoming`,
  /** The wanted files, at the same paths below this one, for the daemons' own checkers. */
  staged: `${PATHS.state}/staged`,
  journal: PATHS.journal,
  /** The files that the transaction replaces, and {@link PATHS.undo}: an older agent removes both together. */
  backup: `${PATHS.state}/backup`,
  undo: PATHS.undo,
  /** What was applied last. */
  current: `${PATHS.state}/current.json`,
  /** The manifest of it. */
  applied: `${PATHS.state}/applied.json`,
  /** Files that were there before us, at the same paths below this one. */
  originals: `${PATHS.state}/originals`,
  /** The last applies, a file each. */
  applies: `${PATHS.state}/applies`,
  /** Debian packages, as files: those that are installed by an apply, and those before them. */
  packages: `${PATHS.state}/packages`,
  /** Held by who changes the host. */
  lock: PATHS.lock,
} as const;
