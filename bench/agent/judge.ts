import { openSync, readSync, closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Something that became of a route at the neighbor. */
export interface Change {
  /** As in `100.64.0.0/24`. */
  readonly prefix: string;
  readonly announced: boolean;
  /** Milliseconds since 1970, with three decimals: the turn of the neighbor's event loop in which it took the update. */
  readonly at: number;
}

/** How often the log is looked into, in ms. The times come from the log, so it does not blur them. */
const LOOK = 10;

/**
 * What the neighbor has, by its own log: BIRD writes each change of a route with the time in microseconds, so that nothing needs to
 * be polled and no processor is taken from what is measured.
 */
export class Judge {
  /** All changes so far. */
  readonly changes: Change[] = [];
  /** The prefixes that the neighbor has. */
  readonly routes = new Set<string>();
  /** BGP UPDATE messages so far. */
  updates = 0;
  /** When the session was last established, in ms since 1970. */
  private up = 0;
  private readonly file: number;
  private position = 0;
  private rest = "";

  /** @param log the log of a BIRD configured by `neighborBird` */
  constructor(log: string) {
    this.file = openSync(log, "r");
  }

  close(): void {
    closeSync(this.file);
  }

  /** Takes in what was logged since. */
  look(): void {
    const buffer = Buffer.alloc(65_536);
    for (let size = -1; size !== 0;) {
      size = readSync(this.file, buffer, 0, buffer.length, this.position);
      this.position += size;
      this.rest += buffer.toString("latin1", 0, size);
    }
    const lines = this.rest.split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.take(line);
  }

  /** Waits until a condition holds. Returns whether it did within `limit` ms. */
  async until(condition: () => boolean, limit: number): Promise<boolean> {
    const deadline = performance.now() + limit;
    for (;;) {
      this.look();
      if (condition()) return true;
      if (performance.now() > deadline) return false;
      await sleep(LOOK);
    }
  }

  /** The changes since a moment, in ms since 1970. */
  since(moment: number): Change[] {
    this.look();
    return this.changes.filter(({ at }) => at >= moment);
  }

  /** Whether the session was established after a moment, in ms since 1970. */
  established(after: number): boolean {
    return this.up > after;
  }

  private take(line: string): void {
    if (line.includes("Got UPDATE")) this.updates += 1;
    const [, when = "", state] = /^(\d+\.\d+) .*\bsite: State changed to (\w+)/.exec(line) ?? [];
    if (state === "up") this.up = Number(when) * 1000;
    // The routes of a session that ended are gone, whether BIRD says so for each or not.
    if (state === "down") for (const prefix of this.routes) this.note(prefix, false, when);
    const match = /^(\d+\.\d+) .*\bsite\S* > (added|replaced|updated|removed) (?:\[\S+\] )?(\S+)/.exec(line);
    if (match === null) return;
    const [, seconds = "", what, prefix = ""] = match;
    this.note(prefix, what !== "removed", seconds);
  }

  private note(prefix: string, announced: boolean, seconds: string): void {
    this.changes.push({ prefix, announced, at: Number(seconds) * 1000 });
    if (announced) this.routes.add(prefix);
    else this.routes.delete(prefix);
  }
}
