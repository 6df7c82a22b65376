import type { ProviderCommunities } from "./communities.ts";
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

/** What a provider takes; undefined where it does not say. */
export interface ProfileLimits {
  /** Prefixes in all. */
  readonly prefixes: { readonly most: number; readonly per: "account" | "neighbor" | "request" } | undefined;
  /** The shortest and the longest prefix of each family, in bits. */
  readonly lengths: Readonly<Record<Family, readonly [shortest: number, longest: number]>> | undefined;
}

/** What a provider's BGP is like: everything a session needs that does not depend on the single host. */
export interface BgpProfile {
  readonly name: string;
  /** The provider's name, as it writes it. */
  readonly title: string;
  /** The same for profiles that share an account: one BGP password, one list of prefixes. A key of the secret `bgpPasswords`. */
  readonly account: string;
  /** Those that are the same at every host. In a family without one, the site lists them itself. */
  readonly neighbors: readonly ProfileNeighbor[];
  /** The TTL that sessions need when the neighbor is not on the host's own network; undefined when it is. */
  readonly multihop: number | undefined;
  /** TCP MD5 (RFC 2385) is the one authentication that every listed provider offers. */
  readonly authentication: "md5" | "none";
  readonly timers: BgpTimers;
  readonly communities: ProviderCommunities;
  readonly limits: ProfileLimits;
  /** What has to be asked for by hand before the first announcement, in order. */
  readonly byHand: readonly string[];
  /** Why nobody can use the provider any more, and what to use instead; undefined for one in business. */
  readonly discontinued: string | undefined;
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

const NO_COMMUNITIES: ProviderCommunities = {
  prepend: undefined,
  noExportTo: undefined,
  blackhole: undefined,
  refused: [],
};

const NO_LIMITS: ProfileLimits = { prefixes: undefined, lengths: undefined };

/** Vultr's communities (https://docs.vultr.com/as20473-bgp-customer-guide). */
const VULTR_COMMUNITIES: ProviderCommunities = {
  prepend: {
    1: { standard: [20473, 6001], large: undefined },
    2: { standard: [20473, 6002], large: undefined },
    3: { standard: [20473, 6003], large: undefined },
  },
  noExportTo: { standard: [64600, "AS"], large: [20473, 6000, "AS"] },
  blackhole: { standard: [20473, 666], large: undefined },
  refused: [
    {
      community: "20473:6000",
      reason: "keeps the prefix inside Vultr: no other network would hear of it, and the site would look healthy",
    },
    ...["64600:0", "20473:6000:0"].map((community) => ({
      community,
      reason: "asks Vultr to announce the prefix to no network: the site would look healthy",
    })),
  ],
};

/** Behind a neighbor that a site lists itself may be any network: what one of those that are known refuses is refused there too. */
const CUSTOM_COMMUNITIES: ProviderCommunities = { ...NO_COMMUNITIES, refused: VULTR_COMMUNITIES.refused };

const VULTR_BY_HAND = [
  "In the customer portal, Network → BGP → Get started: your AS number, a password of 16 letters and digits, the prefixes, and 'no routes' as what Vultr sends you.",
  "Sign the letter of authorization (`anycast preflight` writes it) and upload it there.",
  "Answer the mail that goes to the contacts of the prefixes in the registry. The review takes 24 to 48 hours, the filters of transit networks 6 to 24 hours more.",
];

const vultr: BgpProfile = {
  name: "vultr",
  title: "Vultr",
  account: "vultr",
  neighbors: [
    { family: 4, address: "169.254.169.254", asn: 64515 },
    { family: 6, address: "2001:19f0:ffff::1", asn: 64515 },
  ],
  multihop: 2,
  authentication: "md5",
  timers: TIMERS,
  communities: VULTR_COMMUNITIES,
  limits: { prefixes: { most: 5, per: "account" }, lengths: { 4: [16, 24], 6: [32, 48] } },
  byHand: VULTR_BY_HAND,
  discontinued: undefined,
};

const vultrBareMetal: BgpProfile = {
  ...vultr,
  name: "vultrBareMetal",
  title: "Vultr bare metal",
  neighbors: [
    { family: 4, address: "169.254.1.1", asn: 20473 },
    { family: 6, address: "2001:19f0:ffff::1", asn: 20473 },
  ],
};

const equinixMetal: BgpProfile = {
  name: "equinixMetal",
  title: "Equinix Metal",
  account: "equinixMetal",
  neighbors: [
    { family: 4, address: "169.254.255.1", asn: 65530 },
    { family: 4, address: "169.254.255.2", asn: 65530 },
    // The API tells the IPv6 ones of each device.
  ],
  multihop: 5,
  authentication: "md5",
  timers: TIMERS,
  communities: NO_COMMUNITIES,
  limits: { prefixes: { most: 10, per: "neighbor" }, lengths: undefined },
  byHand: [],
  discontinued:
    "Equinix Metal was shut down on 30 June 2026: nobody can create a device there. " +
    "Use vultrBareMetal, or phoenixnap, netactuate or cherryServers as the profile of an existing host.",
};

const phoenixnap: BgpProfile = {
  name: "phoenixnap",
  title: "phoenixNAP Bare Metal Cloud",
  account: "phoenixnap",
  neighbors: [
    { family: 4, address: "169.254.247.0", asn: 65400 },
    { family: 4, address: "169.254.247.1", asn: 65400 },
    // IPv6: the API's `peering_loopbacks_v6`.
  ],
  multihop: 7,
  authentication: "md5",
  timers: TIMERS,
  communities: NO_COMMUNITIES,
  limits: NO_LIMITS,
  byHand: ["Request a BGP peer group for the location with your AS number, and wait for its verification."],
  discontinued: undefined,
};

const netactuate: BgpProfile = {
  name: "netactuate",
  title: "NetActuate",
  account: "netactuate",
  neighbors: [],
  multihop: undefined,
  authentication: "none",
  timers: TIMERS,
  communities: NO_COMMUNITIES,
  limits: NO_LIMITS,
  byHand: ["Ask support for a BGP group with your AS number and prefixes; the API then tells the neighbors of a host."],
  discontinued: undefined,
};

const cherryServers: BgpProfile = {
  name: "cherryServers",
  title: "Cherry Servers",
  account: "cherryServers",
  neighbors: [],
  multihop: undefined,
  authentication: "none",
  timers: TIMERS,
  communities: NO_COMMUNITIES,
  limits: { prefixes: { most: 6, per: "request" }, lengths: undefined },
  byHand: [
    "Open a BYOIP ticket with your prefixes; the region's `bgp.hosts` and `bgp.asn` in the API are the neighbors.",
  ],
  discontinued: undefined,
};

const custom: BgpProfile = {
  name: "custom",
  title: "custom",
  account: "custom",
  neighbors: [],
  multihop: undefined,
  authentication: "none",
  timers: TIMERS,
  communities: CUSTOM_COMMUNITIES,
  limits: NO_LIMITS,
  byHand: [],
  discontinued: undefined,
};

/** The profiles by name. In a family in which one has no neighbor of its own, the site lists them. */
export const PROFILES = {
  vultr,
  vultrBareMetal,
  equinixMetal,
  phoenixnap,
  netactuate,
  cherryServers,
  custom,
} as const satisfies Record<string, BgpProfile>;

/** The name of a profile. */
export type ProfileName = keyof typeof PROFILES;
