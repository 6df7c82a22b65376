import type { Family } from "./ip.ts";

/** One BGP speaker of a provider, as a host sees it. */
export interface ProfileNeighbor {
  readonly family: Family;
  readonly address: string;
  readonly asn: number;
}

/** BGP timers in seconds; all are written into the configuration, none is left to a default (safety 12). */
export interface BgpTimers {
  readonly hold: number;
  readonly keepalive: number;
  readonly connectDelay: number;
  readonly connectRetry: number;
  /** The wait after an error: first, and at most after repeated errors. */
  readonly errorWait: readonly [first: number, most: number];
  /** How long after the last error the wait starts small again. */
  readonly errorForget: number;
}

/** What a provider's BGP is like: everything a session needs that does not depend on the single host. */
export interface BgpProfile {
  readonly name: string;
  readonly neighbors: readonly ProfileNeighbor[];
  /** The TTL that sessions need when the neighbor is not on the host's own network; undefined when it is. */
  readonly multihop: number | undefined;
  /** TCP MD5 (RFC 2385) is the one authentication that every listed provider offers. */
  readonly authentication: "md5" | "none";
  readonly timers: BgpTimers;
  /** How the provider is told to prepend when a site drains: its community for the longest prepend, `[AS, value]`. */
  readonly drainCommunities: readonly (readonly [number, number])[];
}

/** Short enough that a dead site is gone within 9 s without BFD, long enough for a busy host; error waits that a blip of a second does not turn into a minute. */
const TIMERS: BgpTimers = {
  hold: 9,
  keepalive: 3,
  connectDelay: 1,
  connectRetry: 5,
  errorWait: [1, 30],
  errorForget: 60,
};

/** Vultr's community 20473:6003 prepends three times to all (https://docs.vultr.com/as20473-bgp-customer-guide). */
const VULTR_PREPEND_3 = [20473, 6003] as const;

const vultr: BgpProfile = {
  name: "vultr",
  neighbors: [
    { family: 4, address: "169.254.169.254", asn: 64515 },
    { family: 6, address: "2001:19f0:ffff::1", asn: 64515 },
  ],
  multihop: 2,
  authentication: "md5",
  timers: TIMERS,
  drainCommunities: [VULTR_PREPEND_3],
};

const vultrBareMetal: BgpProfile = {
  ...vultr,
  name: "vultrBareMetal",
  neighbors: [
    { family: 4, address: "169.254.1.1", asn: 20473 },
    { family: 6, address: "2001:19f0:ffff::1", asn: 20473 },
  ],
};

const custom: BgpProfile = {
  name: "custom",
  neighbors: [],
  multihop: undefined,
  authentication: "none",
  timers: TIMERS,
  drainCommunities: [],
};

/** The profiles by name. `custom` has no neighbors of its own: the site lists them. */
export const PROFILES = { vultr, vultrBareMetal, custom } as const satisfies Record<string, BgpProfile>;

/** The name of a profile. */
export type ProfileName = keyof typeof PROFILES;
