import { LIMIT } from "./entry.ts";
import type { Format, Header } from "./message.ts";
import { Session } from "./session.ts";

/** Milliseconds for which two processes speak for one site until there are certainly two hosts: one that restarts falls silent before. */
const TWO_HOSTS_MS = 3 * LIMIT;

/** The most hosts of one name that are answered beside the one that is the site. */
const MOST = 4;

/** The fewest milliseconds between two answers to somebody who is not believed. */
export const ANSWER_GAP = 100;

interface Former {
  readonly session: Session;
  answeredAt: number;
}

/**
 * The hosts that were a site until another one of its name replaced them. They may still announce, and have to know how many others do
 * before they go (safety 17): so they are answered where they are. Nothing is learnt from them.
 */
export class Formers {
  private readonly random: () => number;
  /** By the random number of the process. */
  private readonly hosts = new Map<number, Former>();
  private rival: { readonly boot: number; readonly since: number; at: number } | undefined;

  constructor(random: () => number) {
    this.random = random;
  }

  /** Takes in the host that was the site until now, with what was agreed with it. */
  add(session: Session): void {
    if (session.believed !== undefined) this.put(session.believed, session);
  }

  /**
   * Takes in whoever has spoken for a site for a while beside the host that is heard as this site: that one replaced it before this
   * process began.
   */
  notice(boot: number, site: Session, now: number): void {
    if (!site.isHeard(now) || site.believed === boot) return;
    const { rival } = this;
    if (rival?.boot !== boot || now - rival.at >= LIMIT) this.rival = { boot, since: now, at: now };
    else if (now - rival.since < TWO_HOSTS_MS) rival.at = now;
    else this.put(boot, new Session(this.random));
  }

  /**
   * Whom a signed message is from, when it is one of them; to be answered now if `answer` says so.
   *
   * @param isSite whether it came from an address of the site: then it is the same host, which only moved
   * @param clock this site's clock, as its messages give it
   */
  receive(
    format: Format,
    header: Header,
    isSite: boolean,
    now: number,
    clock: number,
  ): { readonly session: Session; readonly answer: boolean } | undefined {
    if (isSite) this.hosts.delete(header.boot);
    const former = this.hosts.get(header.boot);
    if (former === undefined) return undefined;
    former.session.receive(format, header, now, clock);
    const answer = now - former.answeredAt >= ANSWER_GAP;
    if (answer) former.answeredAt = now;
    return { session: former.session, answer };
  }

  private put(boot: number, session: Session): void {
    const [first] = this.hosts.keys();
    if (this.hosts.size >= MOST && first !== undefined) this.hosts.delete(first);
    this.hosts.set(boot, { session, answeredAt: -Infinity });
  }
}
