import type { Clock } from "../clock.ts";
import type { LoadState } from "../decision/decided.ts";
import { isHigh, loadAfter, type Load } from "../decision/load.ts";

/** Milliseconds for which a site that was withdrawn for load stays so: its checks succeed at once, and the load would come back with its route. */
export const SHED_MS = 58_000;

/** Milliseconds until the others are asked again. */
const RETRY_MS = 2000;

/** What shedding is done with. */
export interface SheddingParts {
  readonly clock: Clock;
  /** How many packets came to the host so far; undefined: nobody can tell. */
  readonly packets: () => number | undefined;
  /** Asks the other sites, and takes when they agree; rejects when they do not. */
  readonly ask: (take: () => void) => Promise<void>;
  /** Whether something is announced that fails because of what comes to it. */
  readonly isFailing: () => boolean;
  /** It is to be withdrawn for load. */
  readonly onChange: () => void;
}

/** Under attack, a site keeps its routes while the others could not take the traffic over: only one at a time is withdrawn for load (safety 14). */
export class Shedding {
  private readonly parts: SheddingParts;
  private load: Load | undefined;
  private until = -Infinity;
  private askedAt = -Infinity;

  constructor(parts: SheddingParts) {
    this.parts = parts;
  }

  /** Whether this site is withdrawn for load. */
  get isActive(): boolean {
    return this.parts.clock.now() < this.until;
  }

  get state(): LoadState {
    if (this.isActive) return { until: this.until };
    return isHigh(this.load, this.parts.clock.now()) ? "high" : "usual";
  }

  /** Looks at the load. Has to be called about every second. */
  update(): void {
    const packets = this.parts.packets();
    if (packets !== undefined) this.load = loadAfter(this.load, packets, this.parts.clock.now());
  }

  /** Has the site withdrawn while its service fails under a high load, when the others agree. */
  consider(): void {
    const { clock, ask, onChange, isFailing } = this.parts;
    if (this.state !== "high" || !isFailing()) return;
    if (clock.now() - this.askedAt < RETRY_MS) return;
    this.askedAt = clock.now();
    const take = (): void => {
      // Meanwhile the load may have moved on by itself.
      if (!isFailing()) return;
      this.until = clock.now() + SHED_MS;
      onChange();
    };
    // Who is refused stays, and asks again.
    ask(take).catch(() => {});
  }
}
