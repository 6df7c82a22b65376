import { createHash } from "node:crypto";
import type { Badness, Claim } from "./fleet.ts";

/** Milliseconds after which a site that was heard directly counts as gone. Four beats. */
export const LIMIT = 1000;

/** Milliseconds more that news may be old for each time that it was passed on: a beat. */
const LIMIT_PER_HOP = 250;

/** How often news is passed on at most. Sites are at most five steps apart (`model/peers.ts`), and some more with many gone. */
export const MOST_HOPS = 7;

/** The age in milliseconds from which on news counts no more. */
export function limitOf(hops: number): number {
  return LIMIT + LIMIT_PER_HOP * hops;
}

/** For how many milliseconds a withdrawal is news. */
export const NEWS = 1000;

/** When nothing is left to be known of news, not even that it was there. */
export const FORGOTTEN = limitOf(MOST_HOPS + 1);

/** What one site said of one prefix at one moment, as it travels. */
export interface Statement {
  /** {@link siteId} of who said it. */
  readonly site: number;
  /** Random number of the process that said it. */
  readonly boot: number;
  /** Rises with each thing that the process says. */
  readonly stamp: number;
  /** Milliseconds since it was said. */
  readonly age: number;
  /** How often it was passed on. */
  readonly hops: number;
  readonly announces: boolean;
  readonly drained: boolean;
  readonly claim: Claim;
  readonly badness: Badness;
  /** It withdrew less than {@link NEWS} ago: everybody is told, as anybody may have heard from others that it announces. */
  readonly withdrew: boolean;
}

/** A number of 48 bits for a site. It is also the order of sites that are equally bad as a last resort. */
export function siteId(name: string): number {
  return createHash("sha256").update(name).digest().readUIntBE(0, 6);
}

/** A number of 32 bits for a prefix. */
export function prefixId(cidr: string): number {
  return createHash("sha256").update(cidr).digest().readUInt32BE(0);
}
