import type { CloudAccount } from "../store.ts";
import { noMachines, type Machines } from "./machines.ts";
import { NOTHING, type VultrState } from "./state.ts";
import { FaultSwitches } from "./faults.ts";

/** Where the simulated Vultr remembers what the account has. */
export interface VultrStore {
  readonly read: () => Promise<VultrState>;
  /** Changes it, one change at a time. What `next` throws leaves it as it was. */
  readonly change: (next: (state: VultrState) => VultrState) => Promise<VultrState>;
}

/** How long things take, in ms. */
export interface Pace {
  /** Every answer. */
  readonly latencyMs: number;
  /** A server from its order until it is `active` and has its IPv4 address. */
  readonly pendingMs: number;
  /** A server from then until it is past `installingbooting`. */
  readonly bootingMs: number;
  /** A server from being `active` until its IPv6 address shows. */
  readonly lateIpv6Ms: number;
  /** A server from its deletion until it is gone. */
  readonly deletingMs: number;
}

/** The simulated Vultr: one account, what it has, and the ways it fails. */
export interface VultrCloud {
  readonly account: () => Promise<CloudAccount>;
  readonly store: VultrStore;
  readonly faults: FaultSwitches;
  readonly machines: Machines;
  readonly pace: Pace;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The most entries on a page of a list, whatever `per_page` asks for. */
  readonly pageSize: number;
  /** The most rules of a firewall group. */
  readonly maxRuleCount: number;
  /** The most requests in a second. */
  readonly requestsPerSecond: number;
}

/** How Vultr is on the whole, at a pace that rehearsals bear. */
export const REHEARSAL_PACE: Pace = {
  latencyMs: 20,
  pendingMs: 500,
  bootingMs: 500,
  lateIpv6Ms: 500,
  deletingMs: 500,
};

/** What every simulated Vultr has, unless a test wants it otherwise. */
export const ORDINARY = {
  now: Date.now,
  pageSize: 10,
  maxRuleCount: 50,
  requestsPerSecond: 30,
} as const;

/** A customer whose forms are filled in. */
export const TEST_ACCOUNT: CloudAccount = {
  asn: 64500,
  prefixes: ["203.0.113.0/24", "2001:db8:53::/48"],
  bgpPassword: "abcdefghijklmnop",
  apiKey: "KEY",
};

/** A simulated Vultr in this process's memory, without hosts: for tests. Default pace: 20 ms for each step. */
export function memoryCloud(options: Partial<Omit<VultrCloud, "account" | "store" | "faults">> = {}): VultrCloud {
  let state = NOTHING;
  return {
    ...ORDINARY,
    account: async () => TEST_ACCOUNT,
    store: {
      read: async () => state,
      change: async (next) => (state = next(state)),
    },
    faults: FaultSwitches.inMemory(),
    machines: noMachines,
    pace: { latencyMs: 0, pendingMs: 20, bootingMs: 20, lateIpv6Ms: 20, deletingMs: 20 },
    ...options,
  };
}
