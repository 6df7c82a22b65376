import type { Clock } from "./clock.ts";

/** Milliseconds between two requests of a process: 25 a second, as Vultr allows about 30. */
const SPACING_MS = 40;

/** Lets requests go one after the other, so that many servers at once do not exceed what the API allows. */
export class Pacer {
  private readonly clock: Clock;
  private next = 0;
  private queue: Promise<void> = Promise.resolve();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Waits for this request's turn; rejects when `signal` is aborted. */
  turn(signal?: AbortSignal): Promise<void> {
    const mine = this.queue.then(async () => {
      signal?.throwIfAborted();
      for (let wait = this.wait(); wait > 0; wait = this.wait()) await this.clock.sleep(wait, signal);
      this.next = this.clock.now() + SPACING_MS;
    });
    this.queue = mine.catch(() => {});
    return mine;
  }

  /** Holds all requests that are not on their way yet for some milliseconds: the API has had too many. */
  pause(ms: number): void {
    this.next = Math.max(this.next, this.clock.now() + ms);
  }

  private wait(): number {
    return this.next - this.clock.now();
  }
}
