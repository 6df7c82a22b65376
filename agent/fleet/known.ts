import { FORGOTTEN, limitOf, MOST_HOPS, type Statement } from "./entry.ts";
import type { Badness, PrefixView, StandIns, Staying } from "./fleet.ts";
import { byAnnouncement, byBadness, byRank, isDependable, isLastResort, KnownEntry, sheds } from "./known-entry.ts";

/** How often a change is told to those who may believe the opposite: one message has to arrive. */
const RETRACTION = 3;

/** The most sites that are known of a prefix, and the most changes that are told at once: a bound for memory and messages, whatever peers say. */
const MOST_ENTRIES = 512;
const MOST_RETRACTIONS = 64;

/**
 * What is known of one prefix at the other sites, and what of it is worth telling: some that announce it, and those that
 * would be the next to do so, a few more than the floor of each. That is all that anybody needs to know, so that a message is as long
 * with 300 sites as with ten. Who is told so reaches everybody, as each tells on what is best of what it was told. News that
 * unsays what was told before is told to the same sites.
 */
export class KnownPrefix {
  private readonly entries = new Map<number, KnownEntry>();
  private readonly self: number;
  private floor: number;
  /** What a newcomer has to beat to be worth telling at once, or knowing; from the last {@link KnownPrefix.tell}. */
  private worstAnnouncerTold: KnownEntry | undefined;
  private worstAnnouncerKept: KnownEntry | undefined;
  private worstTold: KnownEntry | undefined;
  private worstKept: KnownEntry | undefined;
  private worthTelling = false;
  /** Something may be otherwise than at the last {@link KnownPrefix.hasChanged}. */
  private touched = true;
  private signature = "";

  /** @param self the own site, of which nothing is learnt from others */
  constructor(self: number, floor: number) {
    this.self = self;
    this.floor = floor;
  }

  setFloor(floor: number): void {
    this.floor = floor;
  }

  /** Takes news in, as old and as often passed on as it is now; older news than what is known changes nothing. */
  learn(news: Statement, now: number): void {
    const saidAt = now - news.age;
    if (news.site === this.self || news.hops > MOST_HOPS || news.age >= limitOf(news.hops)) return;
    const known = this.entries.get(news.site);
    if (known === undefined) {
      if (this.entries.size >= MOST_ENTRIES || !this.isWorthKeeping(news)) return;
      const entry = new KnownEntry(news, saidAt);
      this.entries.set(news.site, entry);
      if (news.withdrew) this.retract(entry);
      this.touched = true;
      this.worthTelling ||= this.isWanted(news);
      return;
    }
    const isNews = known.differsFrom(news);
    if (!known.isOlderThan(news, saidAt)) {
      if (isNews && known.isAlive(now)) this.retract(known);
      return;
    }
    const hadGone = known.expired || !known.isAlive(now);
    known.take(news, saidAt);
    this.touched ||= isNews || hadGone;
    if (isNews && (news.withdrew || known.toldUntil > now)) this.retract(known);
    this.worthTelling ||= (isNews || hadGone) && this.isWanted(news);
  }

  /** Whether something was learnt that should be told without waiting for the next beat; asking forgets it. */
  takeWorthTelling(): boolean {
    const worth = this.worthTelling;
    this.worthTelling = false;
    return worth;
  }

  /** What is told to every peer now, in an order that is the same for all prefixes of which the same is known. */
  tell(now: number): Statement[] {
    const announcers: KnownEntry[] = [];
    const candidates: KnownEntry[] = [];
    const retracted: KnownEntry[] = [];
    for (const entry of this.entries.values()) {
      if (now - entry.saidAt >= FORGOTTEN && entry.expired) this.entries.delete(entry.site);
      if (!entry.isAlive(now)) continue;
      if (entry.announces) announcers.push(entry);
      else if (entry.badness < 4) candidates.push(entry);
      if (entry.retractions > 0 || sheds(entry)) retracted.push(entry);
    }
    announcers.sort(byAnnouncement);
    candidates.sort(byBadness);
    // One more than the floor, as the peer itself may be one of them.
    const wanted = this.wanted();
    const told = new Set([...announcers.slice(0, wanted), ...candidates.slice(0, wanted)]);
    this.worstAnnouncerTold = announcers[wanted - 1];
    this.worstAnnouncerKept = announcers[2 * wanted - 1];
    this.worstTold = candidates[wanted - 1];
    this.worstKept = candidates[2 * wanted - 1];
    retracted.sort((a, b) => b.retractions - a.retractions || a.site - b.site);
    for (const entry of retracted.slice(0, MOST_RETRACTIONS)) told.add(entry);
    for (const entry of told) {
      entry.toldUntil = entry.saidAt + FORGOTTEN;
      entry.retractions = Math.max(0, entry.retractions - 1);
    }
    return [...told].map((entry) => entry.statement(now));
  }

  view(now: number): PrefixView {
    const count = {
      announcing: 0,
      dependable: 0,
      dependableBefore: 0,
      lastResorts: 0,
      earlier: 0,
      dead: 0,
      deadEarlier: 0,
    };
    let asksBefore = false;
    let anySheds = false;
    for (const entry of this.entries.values()) {
      if (!entry.isAlive(now)) continue;
      anySheds ||= sheds(entry);
      if (!entry.announces) continue;
      const isEarlier = entry.site < this.self;
      if (entry.claim === "dead") {
        count.dead++;
        if (isEarlier) count.deadEarlier++;
        continue;
      }
      count.announcing++;
      if (isDependable(entry)) {
        count.dependable++;
        if (isEarlier) count.dependableBefore++;
      } else if (entry.claim === "none") {
        count.lastResorts++;
        if (isEarlier) count.earlier++;
      }
      asksBefore ||= entry.claim === "asks" && isEarlier;
    }
    const { announcing, lastResorts, dependable, dependableBefore, dead } = count;
    return {
      announcing,
      lastResorts,
      dead,
      dependable,
      dependableBefore,
      announcingBefore: (badness, isDead = false) =>
        dependable + (badness < 3 ? 0 : isDead ? count.lastResorts + count.deadEarlier : count.earlier),
      before: (badness, isDead = false) => this.before(badness, isDead, now),
      standIns: this.standIns(now),
      staying: (asking) => this.staying(asking, now),
      asksBefore,
      sheds: anySheds,
    };
  }

  /** Notices what is too old to count. */
  sweep(now: number): void {
    for (const entry of this.entries.values()) {
      if (entry.expired || entry.isAlive(now)) continue;
      entry.expired = true;
      this.touched = true;
    }
  }

  /** Whether the view is another one than at the last call, as far as anybody may rely on it: up to the floor. */
  hasChanged(now: number): boolean {
    if (!this.touched) return false;
    this.touched = false;
    const view = this.view(now);
    const next = this.candidates(this.floor, now);
    const signature = [
      Math.min(view.announcing, this.floor),
      Math.min(view.dependable, this.floor),
      Math.min(view.announcingBefore(3), this.floor),
      Math.min(view.dead, this.floor),
      Math.min(view.announcingBefore(3, true), this.floor),
      ...next.map(({ site, badness, claim }) => `${site}:${badness}${claim === "dead" ? " dead" : ""}`),
    ].join();
    if (signature === this.signature) return false;
    this.signature = signature;
    return true;
  }

  /** The first so many in the order of last resort. Asked for with each message, so without sorting all. */
  private candidates(count: number, now: number): KnownEntry[] {
    const first: KnownEntry[] = [];
    for (const entry of this.entries.values()) {
      if (!entry.isCandidate() || !entry.isAlive(now)) continue;
      const last = first[count - 1];
      if (last !== undefined && byBadness(last, entry) <= 0) continue;
      const place = first.findIndex((other) => byBadness(entry, other) < 0);
      first.splice(place === -1 ? first.length : place, 0, entry);
      first.length = Math.min(first.length, count);
    }
    return first;
  }

  private before(badness: Badness, isDead: boolean, now: number): number {
    let count = 0;
    const self = { badness, site: this.self, claim: isDead ? "dead" : "none" } as const;
    for (const entry of this.entries.values())
      if (entry.isCandidate() && entry.isAlive(now) && byBadness(entry, self) < 0) count++;
    return count;
  }

  private staying(asking: boolean, now: number): Staying {
    let announcing = 0;
    let full = 0;
    for (const entry of this.entries.values()) {
      if (!entry.announces || !entry.isAlive(now)) continue;
      if (entry.claim === "leaves" || entry.claim === "dead" || (entry.claim === "asks" && !asking)) continue;
      announcing++;
      if (!entry.drained && !isLastResort(entry)) full++;
    }
    return { announcing, full };
  }

  private standIns(now: number): StandIns {
    const count = { full: 0, fullOfItsOwn: 0, lastResorts: 0, healthyDrainedBefore: 0 };
    for (const entry of this.entries.values()) {
      if (!entry.announces || !entry.isAlive(now)) continue;
      const isHealthy = entry.badness === 0 && entry.claim === "none";
      if (isLastResort(entry)) count.lastResorts++;
      else if (!entry.drained) {
        count.full++;
        if (isHealthy) count.fullOfItsOwn++;
      } else if (isHealthy && entry.site < this.self) count.healthyDrainedBefore++;
    }
    return count;
  }

  private retract(entry: KnownEntry): void {
    entry.retractions = RETRACTION;
    this.worthTelling = true;
  }

  private wanted(): number {
    return this.floor + 1;
  }

  /** What others tell of is not kept when twice as much as is told is known that is as good: they will tell of it again. */
  private isWorthKeeping(news: Statement): boolean {
    if (news.hops === 0 || news.withdrew || sheds(news)) return true;
    if (news.announces) return this.worstAnnouncerKept === undefined || byRank(news, this.worstAnnouncerKept) < 0;
    return this.worstKept === undefined || byBadness(news, this.worstKept) < 0;
  }

  private isWanted(news: Statement): boolean {
    if (news.announces) return this.worstAnnouncerTold === undefined || byRank(news, this.worstAnnouncerTold) < 0;
    return news.badness < 4 && (this.worstTold === undefined || byBadness(news, this.worstTold) < 0);
  }
}
