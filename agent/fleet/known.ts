import { FORGOTTEN, limitOf, MOST_HOPS, type Statement } from "./entry.ts";
import type { Badness, PrefixView } from "./fleet.ts";

/** How often a change is told to those who may believe the opposite: one message has to arrive. */
const RETRACTION = 3;

/** The most sites that are known of a prefix, and the most changes that are told at once: a bound for memory and messages, whatever peers say. */
const MOST_ENTRIES = 512;
const MOST_RETRACTIONS = 64;

/** What is known of a prefix at one other site. */
class Entry {
  readonly site: number;
  boot = 0;
  stamp = 0;
  hops = 0;
  announces = false;
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

  take({ boot, stamp, hops, announces, badness, withdrew }: Statement, saidAt: number): void {
    this.boot = boot;
    this.stamp = stamp;
    this.hops = hops;
    this.announces = announces;
    this.badness = badness;
    this.withdrew = withdrew;
    this.saidAt = saidAt;
    this.until = saidAt + limitOf(hops);
    this.expired = false;
  }
}

/**
 * What is known of one prefix at the other sites, and what of it is worth telling: some that announce it, and those that
 * would be the next to do so, a few more than the floor of each. That is all that anybody needs to know, so that a message is as long
 * with 300 sites as with ten. Who is told so reaches everybody, as each tells on what is best of what it was told. News that
 * unsays what was told before is told to the same sites.
 */
export class KnownPrefix {
  private readonly entries = new Map<number, Entry>();
  private readonly self: number;
  private floor: number;
  /** What a newcomer has to beat to be worth telling at once, or knowing; from the last {@link KnownPrefix.tell}. */
  private announcers = 0;
  private worstTold: Entry | undefined;
  private worstKept: Entry | undefined;
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
      const entry = new Entry(news, saidAt);
      this.entries.set(news.site, entry);
      if (news.withdrew) this.retract(entry);
      this.touched = true;
      this.worthTelling ||= this.isWanted(news);
      return;
    }
    const isNews = known.announces !== news.announces || known.badness !== news.badness;
    if (!isNewer(news, saidAt, known)) {
      if (isNews && isAlive(known, now)) this.retract(known);
      return;
    }
    const hadGone = known.expired || !isAlive(known, now);
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
    const announcers: Entry[] = [];
    const candidates: Entry[] = [];
    const retracted: Entry[] = [];
    for (const entry of this.entries.values()) {
      if (now - entry.saidAt >= FORGOTTEN && entry.expired) this.entries.delete(entry.site);
      if (!isAlive(entry, now)) continue;
      if (entry.announces) announcers.push(entry);
      else if (entry.badness < 4) candidates.push(entry);
      if (entry.retractions > 0) retracted.push(entry);
    }
    announcers.sort(byDependability);
    candidates.sort(byBadness);
    // One more than the floor, as the peer itself may be one of them.
    const wanted = this.wanted();
    const told = new Set([...announcers.slice(0, wanted), ...candidates.slice(0, wanted)]);
    this.announcers = announcers.length;
    this.worstTold = candidates[wanted - 1];
    this.worstKept = candidates[2 * wanted - 1];
    retracted.sort((a, b) => b.retractions - a.retractions || a.site - b.site);
    for (const entry of retracted.slice(0, MOST_RETRACTIONS)) told.add(entry);
    for (const entry of told) {
      entry.toldUntil = entry.saidAt + FORGOTTEN;
      entry.retractions = Math.max(0, entry.retractions - 1);
    }
    return [...told].map((entry) => ({
      site: entry.site,
      boot: entry.boot,
      stamp: entry.stamp,
      age: now - entry.saidAt,
      hops: entry.hops,
      announces: entry.announces,
      badness: entry.badness,
      withdrew: entry.withdrew,
    }));
  }

  view(now: number): PrefixView {
    let announcing = 0;
    let dependable = 0;
    for (const entry of this.entries.values())
      if (isAlive(entry, now) && entry.announces) {
        announcing++;
        if (entry.badness !== 3) dependable++;
      }
    return { announcing, dependable, before: (badness) => this.before(badness, now) };
  }

  /** Notices what is too old to count. */
  sweep(now: number): void {
    for (const entry of this.entries.values()) {
      if (entry.expired || isAlive(entry, now)) continue;
      entry.expired = true;
      this.touched = true;
    }
  }

  /** Whether the view is another one than at the last call, as far as anybody may rely on it: up to the floor. */
  hasChanged(now: number): boolean {
    if (!this.touched) return false;
    this.touched = false;
    const { announcing, dependable } = this.view(now);
    const candidates = [...this.entries.values()].filter((entry) => isCandidate(entry) && isAlive(entry, now));
    candidates.sort(byBadness);
    const next = candidates.slice(0, this.floor);
    const signature = [
      Math.min(announcing, this.floor),
      Math.min(dependable, this.floor),
      ...next.map(({ site, badness }) => `${site}:${badness}`),
    ].join();
    if (signature === this.signature) return false;
    this.signature = signature;
    return true;
  }

  private before(badness: Badness, now: number): number {
    let count = 0;
    const self = { badness, site: this.self };
    for (const entry of this.entries.values())
      if (isCandidate(entry) && isAlive(entry, now) && byBadness(entry, self) < 0) count++;
    return count;
  }

  private retract(entry: Entry): void {
    entry.retractions = RETRACTION;
    this.worthTelling = true;
  }

  private wanted(): number {
    return this.floor + 1;
  }

  /** What others tell of is not kept when twice as much as is told is known that is as good: they will tell of it again. */
  private isWorthKeeping(news: Statement): boolean {
    if (news.hops === 0 || news.withdrew) return true;
    if (news.announces) return this.announcers < 2 * this.wanted();
    return this.worstKept === undefined || byBadness(news, this.worstKept) < 0;
  }

  private isWanted(news: Statement): boolean {
    if (news.announces) return this.announcers < this.wanted();
    return news.badness < 4 && (this.worstTold === undefined || byBadness(news, this.worstTold) < 0);
  }
}

/** Of one process the later stamp. Of two processes of a site, what was said later as far as ages tell: the old one says nothing more, so this is soon right. */
function isNewer(news: Statement, saidAt: number, known: Entry): boolean {
  if (news.boot !== known.boot) return saidAt > known.saidAt;
  return news.stamp > known.stamp || (news.stamp === known.stamp && news.hops < known.hops);
}

function isAlive(entry: Entry, now: number): boolean {
  return now < entry.until;
}

function isCandidate({ announces, badness }: Entry): boolean {
  return !announces && badness < 4;
}

/** Who announces of its own accord comes before who does so as a last resort; then the freshest. */
function byDependability(a: Entry, b: Entry): number {
  return Number(a.badness === 3) - Number(b.badness === 3) || b.saidAt - a.saidAt || a.site - b.site;
}

/** The order of last resort, the same at all sites. */
function byBadness(
  a: { readonly badness: number; readonly site: number },
  b: { readonly badness: number; readonly site: number },
): number {
  return a.badness - b.badness || a.site - b.site;
}
