import type { Clock } from "../clock.ts";
import { messageOf } from "../error.ts";
import type { Check, ProbeResult } from "./check.ts";

/** Milliseconds from one probe's start to the next one's, and until a probe has failed. */
export interface Pace {
  readonly every: number;
  readonly timeout: number;
}

/** Probes again and again, one probe at a time, until stopped. Whatever the check does, each probe ends at its timeout. */
export class ProbeLoop {
  private readonly check: Check;
  private readonly clock: Clock;
  private readonly onResult: (result: ProbeResult) => void;
  private pace: Pace;
  /** When the last probe started. */
  private started = 0;
  /** Ends the probe under way, if there is one. */
  private underWay: AbortController | undefined;
  /** Cancels what comes next: the timeout of the probe under way, or the next probe. */
  private cancel: () => void = () => {};

  /** Starts with a probe at once. */
  constructor(check: Check, pace: Pace, clock: Clock, onResult: (result: ProbeResult) => void) {
    this.check = check;
    this.pace = pace;
    this.clock = clock;
    this.onResult = onResult;
    this.probe();
  }

  /** Goes on at another pace, counted from the last probe's start. A probe under way stays: its result is not put off. */
  setPace(pace: Pace): void {
    this.pace = pace;
    this.schedule();
  }

  /** Ends the loop; a probe under way is given up and tells no result. */
  stop(): void {
    this.cancel();
    this.underWay?.abort();
    this.underWay = undefined;
  }

  private probe(): void {
    const mine = new AbortController();
    this.started = this.clock.now();
    this.underWay = mine;
    this.schedule();
    const finish = (outcome: { readonly ok: true } | { readonly ok: false; readonly cause: string }): void => {
      // Given up meanwhile, at its timeout or by `stop`.
      if (this.underWay !== mine) return;
      this.end({ ...outcome, took: this.clock.now() - this.started });
    };
    this.check.probe(mine.signal).then(
      () => finish({ ok: true }),
      (error: unknown) => finish({ ok: false, cause: messageOf(error) }),
    );
  }

  private schedule(): void {
    this.cancel();
    const { every, timeout } = this.pace;
    const [after, next] = this.underWay === undefined ? [every, () => this.probe()] : [timeout, () => this.giveUp()];
    this.cancel = this.clock.setTimer(Math.max(0, this.started + after - this.clock.now()), next);
  }

  private giveUp(): void {
    this.underWay?.abort();
    this.end({ ok: false, took: this.clock.now() - this.started, cause: `no answer within ${this.pace.timeout} ms` });
  }

  private end(result: ProbeResult): void {
    this.underWay = undefined;
    this.schedule();
    this.onResult(result);
  }
}
