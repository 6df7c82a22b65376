import { LIMIT } from "./entry.ts";
import { FORMATS, type Envelope, type Format, type Header } from "./message.ts";

/** Milliseconds that a message and the one that it answers may be under way together; beyond it, it tells the past. */
const LONGEST_ROUND_TRIP = 1000;

const NEWEST_ALONE: readonly Format[] = [FORMATS[0]];

/** What a message from a peer is worth. */
export interface Reception {
  /** For how long it was under way, in milliseconds, when it is believed; undefined when it may be a replay. */
  readonly delay: number | undefined;
  /** Whether the peer should soon hear our nonce: without it, it is not believed or does not believe us. */
  readonly answer: boolean;
}

/**
 * What protects from replays of signed messages of one peer: it has to repeat our nonce, which we make up anew for each process
 * of it, and to count upwards. A first message only tells the peer's nonce. While we believe a peer, nothing that it may
 * have said long ago is learnt from.
 */
export class Session {
  private readonly random: () => number;
  private nonce: number;
  /** The nonce before, as long as the peer may not know the new one; only from the same process. */
  private oldNonce: number | undefined;
  private peerNonce = 0;
  private peerClock = 0;
  private peerClockAt = 0;
  private boot: number | undefined;
  private sequence = 0;
  /** When the last message was believed. */
  private heardAt = -Infinity;
  /** The process that signed the last message, and the last that signed one in the newest format: once it could, it always can. */
  private lastBoot: number | undefined;
  private newestBoot: number | undefined;

  /** @param random makes numbers of 48 bits that nobody can guess, never 0 */
  constructor(random: () => number) {
    this.random = random;
    this.nonce = random();
  }

  /** Whether it was heard lately. */
  isHeard(now: number): boolean {
    return now - this.heardAt < LIMIT;
  }

  /** The formats that the peer has to be sent: the newest alone once its process was heard in it, until then every one. */
  get formats(): readonly Format[] {
    return this.lastBoot !== undefined && this.lastBoot === this.newestBoot ? NEWEST_ALONE : FORMATS;
  }

  /** Whether a message was received already, by another address or in another format, or is older than one that was. */
  isRepeated({ boot, sequence }: Envelope): boolean {
    return boot === this.boot && sequence <= this.sequence;
  }

  /** The process that is believed. */
  get believed(): number | undefined {
    return this.boot;
  }

  /** What the header of a message to the peer says. */
  echo(now: number): Pick<Header, "nonce" | "echoedNonce" | "echoedClock" | "held"> {
    return {
      nonce: this.nonce,
      echoedNonce: this.peerNonce,
      echoedClock: this.peerClock,
      held: Math.round(now - this.peerClockAt),
    };
  }

  /**
   * Judges a signed message of the peer.
   *
   * @param clock this site's clock, as its messages give it
   */
  receive(format: Format, header: Header, now: number, clock: number): Reception {
    this.lastBoot = header.boot;
    if (format === FORMATS[0]) this.newestBoot = header.boot;
    const known = header.boot === this.boot;
    const repeated = header.echoedNonce === this.nonce || (known && header.echoedNonce === this.oldNonce);
    if (!repeated) {
      if (!this.isHeard(now)) this.learn(header, now);
      return { delay: undefined, answer: true };
    }
    if (known && header.sequence <= this.sequence) return { delay: undefined, answer: false };
    // Longer than the way here, and so on the safe side of half of it.
    const roundTrip = Math.max(0, ((clock - header.echoedClock) | 0) - header.held);
    this.learn(header, now);
    this.sequence = header.sequence;
    if (!known) {
      this.boot = header.boot;
      this.oldNonce = this.nonce;
      this.nonce = this.random();
    } else if (header.echoedNonce === this.nonce) this.oldNonce = undefined;
    if (roundTrip > LONGEST_ROUND_TRIP) return { delay: undefined, answer: false };
    this.heardAt = now;
    return { delay: roundTrip / 2, answer: !known };
  }

  private learn({ nonce, clock }: Header, now: number): void {
    this.peerNonce = nonce;
    this.peerClock = clock;
    this.peerClockAt = now;
  }
}
