import { appendFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../clock.ts";
import { messageOf } from "../error.ts";
import type { AgentEvent, Tell } from "../events.ts";
import { KEPT, readHistory, type Transition } from "./history-file.ts";

/** Lines of the file at which it is written anew with the last {@link KEPT}. */
const LONGEST = 2 * KEPT;

/** Milliseconds until a file that could not be written is tried again. */
const RETRY = 10_000;

/**
 * The last 200 transitions, in memory and in a file that outlives restarts. Writing holds nothing up; while the file cannot be
 * written, as with a full disk, that is an alarm and the history goes on in memory.
 */
export class History {
  private readonly path: string;
  private readonly clock: Clock;
  private readonly alarm: Tell;
  private readonly transitions: Transition[];
  /** What is not in the file yet. */
  private waiting: Transition[] = [];
  /** Lines that the file has; more than any when it has to be written anew. */
  private lines = Infinity;
  private failed = false;
  private writing: Promise<void> | undefined;

  /** @param alarm told when the file cannot be written, and when it can again */
  constructor(path: string, clock: Clock, alarm: Tell) {
    this.path = path;
    this.clock = clock;
    this.alarm = alarm;
    this.transitions = readHistory(path);
  }

  readonly tell = (event: AgentEvent): void => {
    if (event.event !== "transition") return;
    const { event: _event, lasted, ...rest } = event;
    const transition = { at: new Date().toISOString(), ...rest, lasted: Math.round(lasted) };
    this.transitions.push(transition);
    if (this.transitions.length > KEPT) this.transitions.shift();
    // The next try writes everything anew.
    if (this.failed) return;
    this.waiting.push(transition);
    this.write();
  };

  /** The oldest first. */
  list(): readonly Transition[] {
    return this.transitions;
  }

  /** Waits until the file has everything, or could not be written. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private write(): void {
    this.writing ??= this.writeWaiting().finally(() => (this.writing = undefined));
  }

  /** Never fails. */
  private async writeWaiting(): Promise<void> {
    try {
      do {
        const batch = this.waiting;
        this.waiting = [];
        await (this.lines + batch.length <= LONGEST ? this.append(batch) : this.replace());
      } while (this.waiting.length > 0);
      if (this.failed) this.alarm({ event: "cleared", about: "history" });
      this.failed = false;
    } catch (error) {
      this.lines = Infinity;
      const problem = `${this.path} cannot be written: ${messageOf(error)}`;
      if (!this.failed) this.alarm({ event: "alarm", about: "history", problem });
      this.failed = true;
      this.clock.setTimer(RETRY, () => this.write());
    }
  }

  private async append(batch: readonly Transition[]): Promise<void> {
    await appendFile(this.path, text(batch));
    this.lines += batch.length;
  }

  /** Half a file is never seen, and one that could not be written takes no room. */
  private async replace(): Promise<void> {
    const partial = `${this.path}.new`;
    const all = [...this.transitions];
    await mkdir(dirname(this.path), { recursive: true });
    try {
      await writeFile(partial, text(all), { mode: 0o600 });
      await rename(partial, this.path);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    this.lines = all.length;
  }
}

function text(transitions: readonly Transition[]): string {
  return transitions.map((transition) => `${JSON.stringify(transition)}\n`).join("");
}
