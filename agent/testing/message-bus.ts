import type { Badness, Fleet, FleetView, OwnState, PrefixView } from "../fleet/fleet.ts";
import type { FakeClock } from "./fake-clock.ts";

/** Heartbeats without a network: what a site tells, all others know after a delay. */
export class MessageBus {
  private readonly clock: FakeClock;
  private readonly delay: number;
  /** What was heard of each site, by name; sites in the order of last resort. */
  private readonly said = new Map<string, ReadonlyMap<string, OwnState>>();
  private readonly cutOff = new Set<string>();
  private readonly joined = new Set<string>();

  /** @param delay milliseconds */
  constructor(clock: FakeClock, delay: number) {
    this.clock = clock;
    this.delay = delay;
  }

  /** From here on a site neither hears nor is heard, or does again. */
  cut(site: string, isCut: boolean): void {
    if (isCut) this.cutOff.add(site);
    else this.cutOff.delete(site);
  }

  join(site: string): Fleet {
    this.joined.add(site);
    return {
      view: () => this.view(site),
      publish: (own) => void this.clock.setTimer(this.delay, () => this.said.set(site, own)),
      close: () => void this.said.delete(site),
    };
  }

  private view(site: string): FleetView {
    const others = [...this.said.keys()].filter(
      (other) => other !== site && !this.cutOff.has(other) && !this.cutOff.has(site),
    );
    return { heard: others.length, expected: this.joined.size > 1, prefix: (cidr) => this.prefix(site, others, cidr) };
  }

  private prefix(site: string, others: readonly string[], cidr: string): PrefixView {
    const known = others.flatMap((other) => {
      const state = this.said.get(other)?.get(cidr);
      return state === undefined ? [] : [{ site: other, ...state }];
    });
    const announcing = known.filter(({ announces }) => announces);
    const comesFirst = (other: (typeof known)[number], own: number): boolean => {
      const its = degree(other.badness, other.claim === "dead");
      return its < own || (its === own && other.site < site);
    };
    const earlier = (some: readonly { site: string }[]): number => some.filter((other) => other.site < site).length;
    const trusted = announcing.filter(({ badness, claim }) => badness !== 3 && claim === "none");
    const dependable = trusted.length;
    const lastResorts = announcing.filter(({ badness, claim }) => badness === 3 && claim === "none");
    const dead = announcing.filter(({ claim }) => claim === "dead");
    const healthy = announcing.filter(({ badness, claim }) => badness === 0 && claim === "none");
    return {
      announcing: announcing.length - dead.length,
      lastResorts: lastResorts.length,
      dead: dead.length,
      dependable,
      dependableBefore: earlier(trusted),
      announcingBefore: (badness, isDead = false) =>
        dependable + (badness < 3 ? 0 : isDead ? lastResorts.length + earlier(dead) : earlier(lastResorts)),
      before: (badness, isDead = false) =>
        known.filter((other) => !other.announces && other.badness < 4 && comesFirst(other, degree(badness, isDead)))
          .length,
      standIns: {
        full: announcing.filter(({ badness, drained }) => badness !== 3 && !drained).length,
        fullOfItsOwn: healthy.filter(({ drained }) => !drained).length,
        lastResorts: announcing.filter(({ badness }) => badness === 3).length,
        healthyDrainedBefore: earlier(healthy.filter(({ drained }) => drained)),
      },
      staying: (asking) => {
        const staying = announcing.filter(({ claim }) => claim === "none" || (claim === "asks" && asking));
        return {
          announcing: staying.length,
          full: staying.filter(({ drained, badness }) => !drained && badness !== 3).length,
        };
      },
      asksBefore: announcing.some(({ site: other, claim }) => claim === "asks" && other < site),
      sheds: known.some(({ announces, claim }) => !announces && claim === "asks"),
    };
  }
}

/** Who certainly answers nobody comes after who may. */
function degree(badness: Badness, isDead: boolean): number {
  return badness + (isDead ? 0.5 : 0);
}
