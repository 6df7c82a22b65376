import type { Clock } from "../clock.ts";
import type { Tell } from "../events.ts";
import type { Request } from "./switches.ts";

/** Milliseconds that a permit waits for the hold or drain that it is for. */
const LIFETIME = 15 * 60_000;

interface Permit {
  readonly until: number;
  readonly request: Request;
}

/**
 * What people permit to fall below the floor: one prefix, once, soon (safety 10). Kept in memory only: after a restart it has to be
 * permitted again.
 */
export class Permits {
  private readonly clock: Clock;
  private readonly tell: Tell;
  private readonly waiting = new Map<string, Permit>();
  private readonly used = new Set<string>();

  constructor(clock: Clock, tell: Tell) {
    this.clock = clock;
    this.tell = tell;
  }

  add(cidr: string, request: Request): void {
    this.waiting.set(cidr, { until: this.clock.now() + LIFETIME, request });
    this.log("allow-below-floor", cidr, request);
  }

  /** Whether a prefix may fall below the floor now: by a permit that waits, or one that a hold which lasts has used. */
  covers(cidr: string): boolean {
    const permit = this.waiting.get(cidr);
    return this.used.has(cidr) || (permit !== undefined && this.clock.now() < permit.until);
  }

  /** Uses up the permits of these prefixes, for the holds that last. */
  use(cidrs: readonly string[]): void {
    this.spend(cidrs);
    for (const cidr of cidrs) this.used.add(cidr);
  }

  /** Uses up the permits of these prefixes that wait. */
  spend(cidrs: readonly string[]): void {
    for (const cidr of cidrs) {
      const permit = this.waiting.get(cidr);
      this.waiting.delete(cidr);
      if (permit !== undefined) this.log("below the floor, as permitted", cidr, permit.request);
    }
  }

  /** No hold lasts any more: what they used is used up. */
  endUse(): void {
    this.used.clear();
  }

  private log(command: string, cidr: string, { reason, by }: Request): void {
    this.tell({ event: "command", command, reason: `${cidr}: ${reason}${by === null ? "" : ` (${by})`}` });
  }
}
