import type { Tell } from "../events.ts";
import type { Difference } from "./differences.ts";

/** Milliseconds that a difference may last before it is told: sessions and routes take a moment to follow. */
const GRACE = 2000;

/** Tells differences that last as alarms, each once, and their end. */
export class Grace {
  private readonly tell: Tell;
  /** When each difference was seen first, and whether it was told. */
  private readonly seen = new Map<string, { readonly since: number; told: boolean }>();

  constructor(tell: Tell) {
    this.tell = tell;
  }

  /** Takes in all differences of a moment. */
  update(now: number, differences: readonly Difference[]): void {
    const present = new Set(differences.map(({ about }) => about));
    for (const [about, { told }] of this.seen) {
      if (present.has(about)) continue;
      this.seen.delete(about);
      if (told) this.tell({ event: "cleared", about });
    }
    for (const { about, problem } of differences) {
      const known = this.seen.get(about) ?? { since: now, told: false };
      this.seen.set(about, known);
      if (known.told || now - known.since < GRACE) continue;
      known.told = true;
      this.tell({ event: "alarm", about, problem });
    }
  }
}
