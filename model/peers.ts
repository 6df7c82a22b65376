import { createHash } from "node:crypto";
import { z } from "zod";
import { canonicalAddress } from "./ip.ts";

/** The most peers that a site has: so many that a full mesh needs no more up to nine sites, so few that the 300th site costs as much as the tenth. */
export const MOST_PEERS = 8;

/** Each ring gives a site two neighbors. */
const RINGS = MOST_PEERS / 2;

/** 32 octets in base64: a key of HMAC-SHA256. */
const key = z.base64().refine((text) => Buffer.from(text, "base64").length === 32, "must be 32 octets in base64");

/**
 * Whom a site exchanges heartbeats with. Apart from the manifest, so that another site changes no manifest. On the host it is
 * `/etc/anycast/peers.json` and, for the names of all sites, `sites.json` (`sitesSchema`).
 */
export const peersSchema = z.strictObject({
  format: z.literal(1),
  /** Signs, and is accepted. The same at all sites. */
  key,
  /** Is accepted too, while the key is being changed. Default: none. */
  next: key.optional(),
  peers: z
    .array(
      z.strictObject({
        site: z.string().min(1),
        /** The unicast addresses that it listens on. */
        addresses: z
          .array(z.string().refine((text) => canonicalAddress(text) !== undefined, "must be an IP address"))
          .min(1),
        port: z.int().min(1).max(65535),
      }),
    )
    .max(MOST_PEERS),
  /** The names of all sites of the network: what is told of any other site counts for nothing. Default: every site counts. */
  sites: z.array(z.string().min(1)).optional(),
});

/** `/etc/anycast/sites.json`. Unknown keys are for a later release. */
export const sitesSchema = z.object({ format: z.literal(1), sites: z.array(z.string().min(1)) });

export type Peers = z.output<typeof peersSchema>;
export type Peer = Peers["peers"][number];

/**
 * The sites that each site exchanges heartbeats with, in the order of their names: all others up to nine sites. Beyond that the
 * neighbors in four rings, each of which has all sites in another order of hashes: the sites are at most few steps
 * apart (five of 300), stay together when many are gone, and another site changes one peer of at most eight sites.
 * It goes both ways: who is a peer has the other one as a peer.
 *
 * @param sites distinct names in any order
 */
export function choosePeers(sites: readonly string[]): Map<string, string[]> {
  const chosen = new Map(sites.map((site) => [site, new Set<string>()]));
  const befriend = (a: string, b: string): void => {
    chosen.get(a)?.add(b);
    chosen.get(b)?.add(a);
  };
  if (sites.length <= MOST_PEERS + 1) for (const a of sites) for (const b of sites) befriend(a, b);
  else
    for (let number = 0; number < RINGS; number++) {
      const ring = inHashOrder(sites, number);
      for (const [index, site] of ring.entries()) befriend(site, ring[(index + 1) % ring.length] ?? site);
    }
  return new Map([...chosen].map(([site, peers]) => [site, [...peers].filter((peer) => peer !== site).toSorted()]));
}

function inHashOrder(sites: readonly string[], ring: number): string[] {
  const hashed = sites.map((site) => ({
    site,
    hash: createHash("sha256").update(`ring ${ring}: ${site}`).digest("hex"),
  }));
  return hashed.toSorted((a, b) => (a.hash < b.hash ? -1 : 1)).map(({ site }) => site);
}
