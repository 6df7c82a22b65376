import { HANDED_OVER, LIFETIME, type AnnouncedPrefix, type Announcer } from "../announcer/announcer.ts";
import type { Clock } from "../clock.ts";

/** An announcer without a kernel: tells what is announced, with markers that expire. */
export class RecordingAnnouncer implements Announcer {
  readonly calls: string[] = [];
  private readonly clock: Clock;
  /** When each marker expires, by `prefix state`. */
  private readonly expiries = new Map<string, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  announce({ cidr }: AnnouncedPrefix, state: "full" | "drained"): void {
    this.calls.push(`${cidr} ${state}`);
    this.expiries.set(`${cidr} ${state}`, this.clock.now() + LIFETIME * 1000);
    this.expiries.delete(`${cidr} ${state === "full" ? "drained" : "full"}`);
  }

  withdraw({ cidr }: AnnouncedPrefix): void {
    this.calls.push(`${cidr} withdrawn`);
    this.expiries.delete(`${cidr} full`);
    this.expiries.delete(`${cidr} drained`);
  }

  close(): void {
    this.calls.push("closed");
    for (const marker of this.announced()) this.expiries.set(marker, this.clock.now() + HANDED_OVER * 1000);
  }

  /** A marker that was there before the agent. */
  leftBehind(cidr: string, state: "full" | "drained", lifetime: number): void {
    this.expiries.set(`${cidr} ${state}`, this.clock.now() + lifetime);
  }

  /** What is announced now, as `prefix state`. */
  announced(): string[] {
    return [...this.expiries].filter(([, expiry]) => expiry > this.clock.now()).map(([marker]) => marker);
  }
}
