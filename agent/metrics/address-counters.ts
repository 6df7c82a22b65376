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

/** Reads the named counters of our nftables table. */
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

  private async ask(): Promise<ReadonlyMap<string, Count>> {
    try {
      const argv = ["nft", "-j", "list", "counters", "table", "inet", "anycast"];
      const { stdout } = await this.run(argv, { timeout: PATIENCE });
      const { nftables } = JSON.parse(stdout) as Listing;
      return new Map(
        nftables.flatMap(({ counter }) =>
          counter === undefined ? [] : [[counter.name, { packets: counter.packets, bytes: counter.bytes }]],
        ),
      );
    } catch {
      return new Map();
    }
  }
}
