import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PATHS } from "../../model/paths.ts";
import { wallTime, type Clock } from "../clock.ts";
import { isMissing, messageOf } from "../error.ts";
import type { Tell } from "../events.ts";
import { AGENT_ITSELF, NOTHING_SAVED, parseSavedState, type SavedState } from "./saved-state.ts";

/** Milliseconds until a file that could not be written is tried again. */
const RETRY = 10_000;

/** What alarms about the file are about. */
const ABOUT = "state";

/** Where the agent keeps what outlives it. */
export interface StateStore {
  /** What was kept before this start. */
  readonly saved: SavedState;
  /** Keeps a state from now on, in a moment. */
  save(state: SavedState): void;
}

/**
 * The file of what outlives the agent. Writing holds nothing up: while it cannot be written, as with a full disk, that is an
 * alarm, the agent goes on in memory, and it is tried again. A file that cannot be read is put aside, and the site is drained until a
 * person ends that: it may have been drained or frozen.
 */
export class StateFile implements StateStore {
  readonly saved: SavedState;
  private readonly path: string;
  private readonly clock: Clock;
  private readonly tell: Tell;
  /** What is not in the file yet. */
  private waiting: SavedState | undefined;
  private writing: Promise<void> | undefined;
  private failed = false;
  /** The last words are written: nothing may take their place. */
  private flushed = false;

  constructor(clock: Clock, tell: Tell, path: string = join(PATHS.agentState, "state.json")) {
    this.path = path;
    this.clock = clock;
    this.tell = tell;
    this.saved = this.read();
  }

  save(state: SavedState): void {
    this.waiting = state;
    this.writing ??= this.writeAll();
  }

  /** Writes what is waiting before the process ends; not durably, as that could take long. */
  flush(): void {
    if (this.waiting === undefined) return;
    try {
      writeFileSync(`${this.path}.last`, textOf(this.waiting), { mode: 0o600 });
      renameSync(`${this.path}.last`, this.path);
      this.waiting = undefined;
      this.flushed = true;
    } catch {
      // Told already, by the attempt before.
    }
  }

  /** Comes when nothing is being written. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private read(): SavedState {
    try {
      return parseSavedState(readFileSync(this.path, "utf8"));
    } catch (error) {
      if (isMissing(error)) return NOTHING_SAVED;
      this.putAside(messageOf(error));
      return { ...NOTHING_SAVED, drain: this.drainUnread() };
    }
  }

  private drainUnread(): SavedState["drain"] {
    const reason =
      "the agent could not read what it had kept: nobody knows whether the site was drained or frozen. Look at it, then end this by 'undrain'";
    return { reason, by: AGENT_ITSELF, since: wallTime(this.clock, this.clock.now()), until: null };
  }

  private putAside(problem: string): void {
    const aside = `${this.path}.bad`;
    try {
      renameSync(this.path, aside);
      this.fail(
        `${this.path} could not be understood (${problem}) and is kept as ${aside}: freeze and flap history start anew, and the site is drained`,
      );
    } catch (error) {
      this.fail(`${this.path} cannot be read (${problem}) or put aside (${messageOf(error)})`);
    }
  }

  private async writeAll(): Promise<void> {
    for (let next = this.waiting; next !== undefined; next = this.waiting) {
      try {
        await writeDurably(this.path, textOf(next), () => !this.flushed);
      } catch (error) {
        this.fail(`${this.path} cannot be written (${messageOf(error)}): a restart will not know of this`);
        this.clock.setTimer(RETRY, () => {
          if (this.waiting !== undefined) this.writing ??= this.writeAll();
        });
        break;
      }
      if (this.waiting === next) this.waiting = undefined;
      if (this.failed) this.tell({ event: "cleared", about: ABOUT });
      this.failed = false;
    }
    this.writing = undefined;
  }

  private fail(problem: string): void {
    if (!this.failed) this.tell({ event: "alarm", about: ABOUT, problem });
    this.failed = true;
  }
}

function textOf(state: SavedState): string {
  return `${JSON.stringify(state)}\n`;
}

/** The old file or the new one is there after a power cut, and never half of one. */
async function writeDurably(path: string, text: string, mayReplace: () => boolean): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = `${path}.new`;
  const file = await open(partial, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  if (!mayReplace()) return;
  await rename(partial, path);
  const entry = await open(folder, "r");
  try {
    await entry.sync();
  } finally {
    await entry.close();
  }
}
