import { limitOf, type Statement } from "./entry.ts";
import type { Badness, Claim } from "./fleet.ts";

/** What is known of a prefix at one other site. */
export class KnownEntry {
  readonly site: number;
  boot = 0;
  stamp = 0;
  hops = 0;
  announces = false;
  drained = false;
  claim: Claim = "none";
  badness: Badness = 0;
  withdrew = false;
  /** By the own clock: when it was said, and when it counts no more. */
  saidAt = 0;
  until = 0;
  /** It was noticed that it counts no more. */
  expired = false;
  /** Until when somebody may believe what is said here because we told so. */
  toldUntil = 0;
  /** How often it is still told because somebody believes otherwise. */
  retractions = 0;

  constructor(news: Statement, saidAt: number) {
    this.site = news.site;
    this.take(news, saidAt);
  }

  take({ boot, stamp, hops, announces, drained, claim, badness, withdrew }: Statement, saidAt: number): void {
    this.boot = boot;
    this.stamp = stamp;
    this.hops = hops;
    this.announces = announces;
    this.drained = drained;
    this.claim = claim;
    this.badness = badness;
    this.withdrew = withdrew;
    this.saidAt = saidAt;
    this.until = saidAt + limitOf(hops);
    this.expired = false;
  }

  isAlive(now: number): boolean {
    return now < this.until;
  }

  /** It would be next to announce as a last resort, in its turn. */
  isCandidate(): boolean {
    return !this.announces && this.badness < 4;
  }

  /**
   * Whether news is newer than this. Of one process the later stamp is; of two processes of a site, what was said later as far as ages
   * tell: the old one says nothing more, so this is soon right.
   */
  isOlderThan(news: Statement, saidAt: number): boolean {
    if (news.boot !== this.boot) return saidAt > this.saidAt;
    return news.stamp > this.stamp || (news.stamp === this.stamp && news.hops < this.hops);
  }

  /** Whether news says something else than this. */
  differsFrom(news: Statement): boolean {
    return (
      this.announces !== news.announces ||
      this.badness !== news.badness ||
      this.drained !== news.drained ||
      this.claim !== news.claim
    );
  }

  /** It as it is told on. */
  statement(now: number): Statement {
    const { site, boot, stamp, hops, announces, drained, claim, badness, withdrew } = this;
    return { site, boot, stamp, age: now - this.saidAt, hops, announces, drained, claim, badness, withdrew };
  }
}

/** It is withdrawn for load, which every site has to know. */
export function sheds({ announces, claim }: Pick<KnownEntry, "announces" | "claim">): boolean {
  return !announces && claim === "asks";
}

/** It announces although it is down. */
export function isLastResort({ badness }: Pick<KnownEntry, "badness">): boolean {
  return badness === 3;
}

/** Others may count on it: it announces neither as a last resort nor is it about to end. */
export function isDependable(entry: Pick<KnownEntry, "announces" | "badness" | "claim">): boolean {
  return entry.announces && entry.claim === "none" && !isLastResort(entry);
}

const LAST_RESORT = 2;

type InOrder = Pick<KnownEntry, "badness" | "site" | "claim">;
type Ranked = Pick<KnownEntry, "badness" | "site" | "drained" | "claim">;

/**
 * Of two that announce: who does so in full comes first, then who is drained, then the last resorts in their order, then who asks to
 * leave, and who leaves.
 */
export function byRank(a: Ranked, b: Ranked): number {
  return rankOf(a) - rankOf(b) || (rankOf(a) === LAST_RESORT ? a.site - b.site : 0);
}

function rankOf(entry: Ranked): number {
  switch (entry.claim) {
    case "none":
      return isLastResort(entry) ? LAST_RESORT : entry.drained ? 1 : 0;
    case "asks":
      return 3;
    case "leaves":
      return 4;
    case "dead":
      return 5;
  }
}

/** As {@link byRank}, then the freshest. */
export function byAnnouncement(a: KnownEntry, b: KnownEntry): number {
  return byRank(a, b) || b.saidAt - a.saidAt || a.site - b.site;
}

/** The order of last resort, the same at all sites. */
export function byBadness(a: InOrder, b: InOrder): number {
  return degreeOf(a) - degreeOf(b) || a.site - b.site;
}

/** Who certainly answers nobody comes after who may. */
function degreeOf({ badness, claim }: InOrder): number {
  return claim === "dead" ? badness + 0.5 : badness;
}
