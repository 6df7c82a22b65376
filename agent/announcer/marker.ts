import type { Clock } from "../clock.ts";
import type { AnnouncedPrefix, Announcer } from "./announcer.ts";
import { IpBatch } from "./ip-batch.ts";

/** Seconds that a marker lives without renewal. The kernel takes up to half a second more. */
const LIFETIME = 3;

/**
 * Announces by marker addresses: BIRD routes a prefix via a next hop that is reachable exactly while the kernel has the
 * marker, and the kernel lets a marker expire that is not renewed. `full` and `drained` have a marker each.
 */
export class MarkerAnnouncer implements Announcer {
  private readonly interfaceName: string;
  private readonly ip: IpBatch;
  /** Markers that are known not to be in the kernel. */
  private readonly absent = new Set<string>();

  /** @param interfaceName the interface of the markers, as in `any0`; it must exist before anything can be announced */
  constructor(interfaceName: string, clock: Clock, log: (line: string) => void) {
    this.interfaceName = interfaceName;
    this.ip = new IpBatch(clock, log, () => this.absent.clear());
  }

  announce(prefix: AnnouncedPrefix, state: "full" | "drained"): void {
    const { address } = prefix[state];
    // An IPv6 address is of no use to BIRD while duplicates of it are looked for, and nobody else is on this interface.
    const flags = prefix.family === 6 ? " nodad" : "";
    this.ip.write(
      `addr replace ${address} dev ${this.interfaceName} valid_lft ${LIFETIME} preferred_lft ${LIFETIME}${flags}`,
    );
    this.absent.delete(address);
    this.remove(prefix[state === "full" ? "drained" : "full"].address);
  }

  withdraw(prefix: AnnouncedPrefix): void {
    this.remove(prefix.full.address);
    this.remove(prefix.drained.address);
  }

  close(): void {
    this.ip.close();
  }

  private remove(address: string): void {
    if (this.absent.has(address)) return;
    this.ip.write(`addr del ${address} dev ${this.interfaceName}`);
    this.absent.add(address);
  }
}
