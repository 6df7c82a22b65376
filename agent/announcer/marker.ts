import type { Clock } from "../clock.ts";
import { messageOf } from "../error.ts";
import { run as runCommand, type Run } from "../exec.ts";
import { HANDED_OVER, LIFETIME, type AnnouncedPrefix, type Announcer } from "./announcer.ts";
import { makeInterface } from "./interface.ts";
import { IpBatch } from "./ip-batch.ts";

/** Milliseconds since its last renewal for which a marker may be renewed without a word of the loop, which is known to have made progress. */
const FRESH = 1500;

/** Milliseconds between two looks at the interface itself, and between two attempts to make it. */
const UPKEEP = 900;

/**
 * Announces by marker addresses: BIRD routes a prefix via a next hop that is reachable exactly while the kernel has the
 * marker, and the kernel lets a marker expire that is not renewed. `full` and `drained` have a marker each.
 * An interface that is missing is made, one that is down is set up.
 */
export class MarkerAnnouncer implements Announcer {
  private readonly interfaceName: string;
  private readonly clock: Clock;
  private readonly log: (line: string) => void;
  private readonly run: Run;
  private readonly ip: IpBatch;
  /** Markers that are known not to be in the kernel. */
  private readonly absent = new Set<string>();
  /** When each marker was renewed, and the command that does it for a number of seconds. */
  private readonly renewed = new Map<string, { readonly at: number; readonly command: (lifetime: number) => string }>();
  private keptUpAt = Number.NEGATIVE_INFINITY;
  private repairedAt = Number.NEGATIVE_INFINITY;

  /** @param interfaceName the interface of the markers, as in `any0` */
  constructor(interfaceName: string, clock: Clock, log: (line: string) => void, run: Run = runCommand) {
    this.interfaceName = interfaceName;
    this.clock = clock;
    this.log = log;
    this.run = run;
    this.ip = new IpBatch(interfaceName, clock, {
      log,
      onRestart: () => this.putBack(),
      onMissing: () => void this.repair(),
    });
  }

  announce(prefix: AnnouncedPrefix, state: "full" | "drained"): void {
    this.keepUp();
    const { address } = prefix[state];
    // An IPv6 address is of no use to BIRD while duplicates of it are looked for, and nobody else is on this interface.
    const flags = prefix.family === 6 ? " nodad" : "";
    const command = (lifetime: number): string =>
      `addr replace ${address} dev ${this.interfaceName} valid_lft ${lifetime} preferred_lft ${lifetime}${flags}`;
    this.ip.write(command(LIFETIME));
    this.renewed.set(address, { at: this.clock.now(), command });
    this.absent.delete(address);
    this.remove(prefix[state === "full" ? "drained" : "full"].address);
  }

  withdraw(prefix: AnnouncedPrefix): void {
    this.remove(prefix.full.address);
    this.remove(prefix.drained.address);
  }

  close(): void {
    this.renewFresh(HANDED_OVER);
    this.ip.close();
  }

  private remove(address: string): void {
    if (this.absent.has(address)) return;
    this.ip.write(`addr del ${address} dev ${this.interfaceName}`);
    this.absent.add(address);
    this.renewed.delete(address);
  }

  /** A marker on an interface that is down makes no route. */
  private keepUp(): void {
    if (this.clock.now() - this.keptUpAt < UPKEEP) return;
    this.keptUpAt = this.clock.now();
    this.ip.write(`link set dev ${this.interfaceName} up`);
  }

  private async repair(): Promise<void> {
    if (this.clock.now() - this.repairedAt < UPKEEP) return;
    this.repairedAt = this.clock.now();
    this.log(`the interface ${this.interfaceName} is missing: making it`);
    try {
      await makeInterface(this.run, this.interfaceName);
      this.ip.restart();
    } catch (error) {
      this.log(messageOf(error));
    }
  }

  /** After commands may have been lost: what is announced is announced again, what is not is deleted again when it is next withdrawn. */
  private putBack(): void {
    this.absent.clear();
    this.renewFresh(LIFETIME);
  }

  private renewFresh(lifetime: number): void {
    for (const { at, command } of this.renewed.values())
      if (this.clock.now() - at < FRESH) this.ip.write(command(lifetime));
  }
}
