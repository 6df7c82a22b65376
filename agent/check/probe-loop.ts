import type { Clock } from "../clock.ts";
import { Silence, type Check, type ProbeResult } from "./check.ts";
import { inWords, isRefusal } from "./words.ts";

/** Milliseconds from one probe's start to the next one's, apart from the jitter, and until a probe has failed. */
export interface Pace {
  readonly every: number;
  readonly timeout: number;
}

/** How much an interval is shortened or prolonged at most: checks that start together do not stay together. */
const JITTER = 0.1;

/**
 * Probes start at multiples of this part of their interval, so that those of many checks share the moments at which the agent
 * wakes up. Of a hundred checks at 1 s that saves half the processor time.
 */
const STEP = 0.1;

type Outcome = { readonly ok: true } | { readonly ok: false; readonly cause: string; readonly refused?: boolean };

/** Probes again and again, one probe at a time, until stopped. Whatever the check does, each probe ends at its timeout. Of one that says nothing no result is told. */
export class ProbeLoop {
  private readonly check: Check;
  private readonly clock: Clock;
  private readonly onResult: (result: ProbeResult) => void;
  private readonly random: () => number;
  private pace: Pace;
  /** When the last probe started. */
  private started = 0;
  /** What the interval after it is multiplied by. */
  private stretch = 1;
  /** The number of the probe under way, if there is one. */
  private underWay: number | undefined;
  private probes = 0;
  /** Ends the probe under way. As long as none had to be ended it is the same for all: a new one is not for nothing. */
  private ending = new AbortController();
  private stopped = false;
  /** Cancels what comes next: the timeout of the probe under way, or the next probe. */
  private cancel: () => void = () => {};

  /**
   * Starts with a probe at once.
   *
   * @param random from 0 to 1, for the jitter; 0.5 is none
   */
  constructor(
    check: Check,
    pace: Pace,
    clock: Clock,
    onResult: (result: ProbeResult) => void,
    random: () => number = Math.random,
  ) {
    this.check = check;
    this.pace = pace;
    this.clock = clock;
    this.onResult = onResult;
    this.random = random;
    this.probe();
  }

  /** Goes on at another pace, counted from the last probe's start. A probe under way stays: its result is not put off. */
  setPace(pace: Pace): void {
    this.pace = pace;
    this.schedule();
  }

  /**
   * Probes at once, because something happened. A probe under way is given up and tells no result: what it asked may be from
   * before. The next result is that of the new probe.
   */
  probeNow(): void {
    if (this.stopped) return;
    this.giveUp();
    this.probe();
  }

  /** Ends the loop; a probe under way is given up and tells no result. */
  stop(): void {
    this.stopped = true;
    this.cancel();
    this.giveUp();
    this.check.close?.();
  }

  private probe(): void {
    const mine = ++this.probes;
    this.started = this.clock.now();
    this.stretch = 1 + JITTER * (2 * this.random() - 1);
    this.underWay = mine;
    this.schedule(this.started);
    const finish = (outcome: Outcome): void => {
      // Given up meanwhile: at its timeout, by `probeNow` or by `stop`.
      if (this.underWay !== mine) return;
      this.finish(outcome);
    };
    this.check.probe(this.ending.signal).then(
      () => finish({ ok: true }),
      (error: unknown) => {
        if (!(error instanceof Silence))
          finish({ ok: false, cause: inWords(error), ...(isRefusal(error) ? { refused: true } : {}) });
        else if (this.underWay === mine) this.goOn(this.clock.now());
      },
    );
  }

  /** Ends the probe under way, if there is one. */
  private giveUp(): void {
    if (this.underWay === undefined) return;
    this.underWay = undefined;
    this.ending.abort();
    this.ending = new AbortController();
  }

  private schedule(now = this.clock.now()): void {
    this.cancel();
    if (this.stopped) return;
    const [at, next] =
      this.underWay === undefined
        ? [this.nextStart(), () => this.probe()]
        : [this.started + this.pace.timeout, () => this.timeUp()];
    this.cancel = this.clock.setTimer(Math.max(0, at - now), next);
  }

  private nextStart(): number {
    const { every } = this.pace;
    const step = Math.max(1, every * STEP);
    const latest = Math.floor((this.started + every * (1 + JITTER)) / step);
    return Math.min(latest, Math.round((this.started + every * this.stretch) / step)) * step;
  }

  /** An agent that did not run for a while finds the timeout and the answer at once: the answer counts. */
  private timeUp(): void {
    const late = this.underWay;
    setImmediate(() => {
      if (late === undefined || this.underWay !== late) return;
      this.giveUp();
      if (this.check.mayBeSilent === true) this.goOn(this.clock.now());
      else this.finish({ ok: false, cause: `no answer within ${this.pace.timeout} ms` });
    });
  }

  private finish(outcome: Outcome): void {
    const now = this.clock.now();
    this.goOn(now);
    this.onResult({ ...outcome, took: now - this.started });
  }

  private goOn(now: number): void {
    this.underWay = undefined;
    this.schedule(now);
  }
}
