import type { BirdClient } from "../bird/client.ts";
import { systemBird, type BirdLook } from "../bird/look.ts";
import type { Clock } from "../clock.ts";
import { AgentError, messageOf } from "../error.ts";
import type { Tell } from "../events.ts";
import { BirdConf } from "./bird-conf.ts";
import { differences, type Difference, type Meant } from "./differences.ts";
import { Grace } from "./grace.ts";
import { viewBird, type BirdView } from "./view.ts";

/** Milliseconds from the end of one round to the next one. */
const EVERY = 1000;

/** Milliseconds from a change of what is to be announced to a round that sees what came of it. */
const AFTER_CHANGE_MS = 50;

/** Milliseconds that BIRD has to answer all of a round's questions. */
const PATIENCE = 2000;

/** What the reconciler works with. */
export interface ReconcilerParts {
  readonly clock: Clock;
  /** Default: the host's BIRD. */
  readonly bird?: BirdLook;
  readonly meant: () => Meant;
  readonly tell: Tell;
  /** Has a prefix that BIRD does not have as meant brought about again. Default: nothing. */
  readonly retry?: (cidr: string) => void;
  /** Is told what BIRD has, and when it was asked. Default: nobody is. */
  readonly onView?: (view: BirdView, askedAt: number) => void;
  readonly birdConf?: BirdConf;
}

/** How many rounds ended how: all as meant, something different, BIRD could not be asked. */
export type Rounds = Readonly<Record<"same" | "different" | "failed", number>>;

/**
 * Compares, every second, what is meant with what BIRD routes and what it sends, and tells what differs for longer than 2 s
 * as alarms. Has a connection of its own that may only look; a BIRD that is gone, slow or silent holds up nothing else.
 */
export class Reconciler {
  private readonly parts: ReconcilerParts;
  private readonly birdConf: BirdConf;
  private bird: BirdClient | undefined;
  private seen: BirdView | undefined;
  private readonly counts = { same: 0, different: 0, failed: 0 };
  private readonly reaching: Grace;
  private readonly comparing: Grace;
  private cancel: () => void = () => {};
  /** When the next round starts; undefined while one is under way. */
  private next: number | undefined;
  /** Something changed while a round was under way. */
  private again = false;
  /** Counts the rounds, so that one that came too late knows that it did. */
  private current = 0;
  private closed = false;

  /** Starts with a round at once. */
  constructor(parts: ReconcilerParts) {
    this.parts = parts;
    this.birdConf = parts.birdConf ?? new BirdConf();
    this.reaching = new Grace(parts.tell);
    this.comparing = new Grace(parts.tell);
    void this.round();
  }

  /** What BIRD had in the last round; undefined when it could not be asked. */
  get view(): BirdView | undefined {
    return this.seen;
  }

  get rounds(): Rounds {
    return { ...this.counts };
  }

  /** Looks soon, as something has changed, and not only when the second is over. */
  soon(): void {
    if (this.closed) return;
    if (this.next === undefined) this.again = true;
    else if (this.next > this.parts.clock.now() + AFTER_CHANGE_MS) this.schedule(AFTER_CHANGE_MS);
  }

  close(): void {
    this.closed = true;
    this.cancel();
    this.disconnect();
  }

  /** Never fails: what goes wrong is a result. */
  private async round(): Promise<void> {
    const { clock, retry } = this.parts;
    this.next = undefined;
    try {
      const { view, found } = await this.withinPatience(this.compare(++this.current));
      if (this.closed) return;
      this.seen = view;
      this.counts[found.length === 0 ? "same" : "different"]++;
      this.reaching.update(clock.now(), []);
      this.comparing.update(clock.now(), found);
      for (const { prefix } of found) if (prefix !== undefined) retry?.(prefix);
    } catch (error) {
      this.disconnect();
      if (this.closed) return;
      // What was told of routes and sessions stays as it is: nobody knows better now.
      this.seen = undefined;
      this.counts.failed++;
      this.reaching.update(clock.now(), [{ about: "bird", problem: messageOf(error) }]);
    }
    this.schedule(this.again ? AFTER_CHANGE_MS : EVERY);
    this.again = false;
  }

  private schedule(after: number): void {
    const { clock } = this.parts;
    this.next = clock.now() + after;
    this.cancel();
    this.cancel = clock.setTimer(after, () => void this.round());
  }

  private async compare(round: number): Promise<{ view: BirdView; found: readonly Difference[] }> {
    const bird = await this.connected(round);
    const askedAt = this.parts.clock.now();
    const view = await viewBird(bird, this.parts.meant());
    if (round === this.current && !this.closed) this.parts.onView?.(view, askedAt);
    // What is meant may have changed while BIRD was asked.
    const found = [...differences(this.parts.meant(), view), ...(await this.birdConf.check(this.look))];
    return { view, found };
  }

  private async connected(round: number): Promise<BirdClient> {
    if (this.bird !== undefined) return this.bird;
    const bird = await this.look.connect();
    if (round !== this.current || this.closed) {
      bird.close();
      throw new AgentError("BIRD answered too late");
    }
    this.bird = bird;
    return bird;
  }

  private get look(): BirdLook {
    return this.parts.bird ?? systemBird;
  }

  private disconnect(): void {
    this.bird?.close();
    this.bird = undefined;
  }

  private withinPatience<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.parts.clock.setTimer(PATIENCE, () => {
        reject(new AgentError(`BIRD did not answer on its control socket within ${PATIENCE / 1000} s`));
      });
      work.then(resolve, reject).finally(cancel);
    });
  }
}
