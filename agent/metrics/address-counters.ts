import type { Run } from "../exec.ts";
import { counterName } from "../../model/counters.ts";

/** What came to a service's address from outside since the firewall was loaded. */
export interface AddressCount {
  readonly address: string;
  readonly packets: number;
  readonly bytes: number;
}

/** Milliseconds for which an answer is used again: whoever scrapes often starts no more processes. */
const FRESH = 1000;

/** Milliseconds that `nft` may take. */
const PATIENCE = 1000;

/** What `nft -j list counters` prints, as far as it is used (libnftables-json(5)). */
interface Listing {
  readonly nftables: readonly { readonly counter?: Count & { readonly name: string } }[];
}

interface Count {
  readonly packets: number;
  readonly bytes: number;
}

/**
 * The named counters of our nftables table, now.
 *
 * @throws Error when nftables has no such table, or does not answer
 */
async function countersNow(run: Run): Promise<ReadonlyMap<string, Count>> {
  const argv = ["nft", "-j", "list", "counters", "table", "inet", "anycast"];
  const { stdout } = await run(argv, { timeout: PATIENCE });
  const { nftables } = JSON.parse(stdout) as Listing;
  return new Map(
    nftables.flatMap(({ counter }) =>
      counter === undefined ? [] : [[counter.name, { packets: counter.packets, bytes: counter.bytes }]],
    ),
  );
}

/** How many packets came to all of these addresses together so far; undefined when not all of them are counted. */
export async function packetsTo(addresses: readonly string[], run: Run): Promise<number | undefined> {
  const counters = await countersNow(run).catch(() => undefined);
  const counts = addresses.map((address) => counters?.get(counterName(address))?.packets);
  return counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
}

/** Reads the named counters of our nftables table, for whoever asks often. */
export class AddressCounters {
  private readonly run: Run;
  private asked = -Infinity;
  private answer: Promise<ReadonlyMap<string, Count>> = Promise.resolve(new Map());

  constructor(run: Run) {
    this.run = run;
  }

  /** The counts of those addresses that have a counter; none without our table. Never fails. */
  async read(addresses: readonly string[]): Promise<AddressCount[]> {
    const now = performance.now();
    if (now - this.asked >= FRESH) {
      this.asked = now;
      this.answer = this.ask();
    }
    const counters = await this.answer;
    return addresses.flatMap((address) => {
      const counter = counters.get(counterName(address));
      return counter === undefined ? [] : [{ address, ...counter }];
    });
  }

  private ask(): Promise<ReadonlyMap<string, Count>> {
    return countersNow(this.run).catch(() => new Map<string, Count>());
  }
}
