import type { Clock } from "./clock.ts";

/** Something that is done once for all that asked for it in a turn of the loop, when the turn is over: what is urgent comes first. */
export class Afterwards {
  private readonly clock: Clock;
  private readonly work: () => void;
  private cancel: (() => void) | undefined;

  constructor(clock: Clock, work: () => void) {
    this.clock = clock;
    this.work = work;
  }

  /** Has it done after this turn. */
  ask(): void {
    this.cancel ??= this.clock.setTimer(0, () => this.now());
  }

  /** Does it at once if it was asked for. */
  now(): void {
    if (this.cancel === undefined) return;
    this.cancel();
    this.cancel = undefined;
    this.work();
  }
}
