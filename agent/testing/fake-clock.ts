import type { Clock } from "../clock.ts";

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  private time = 0;
  private timers: { readonly at: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.time;
  }

  /** The wall clock goes with it, and began with the year 2026. */
  wall(): number {
    return Date.UTC(2026, 0, 1) + this.time;
  }

  setTimer(milliseconds: number, callback: () => void): () => void {
    const timer = { at: this.time + milliseconds, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Lets time pass: timers fire in order, and what they set off comes to its end before the next one. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await settle();
    for (;;) {
      const next = this.timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = Math.max(this.time, next.at);
      next.callback();
      await settle();
    }
    this.time = end;
  }

  /** Lets time pass without anything running, as when the process is stopped. */
  freeze(milliseconds: number): void {
    this.time += milliseconds;
  }
}

/** Lets all promises settle that wait for nothing but each other. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
