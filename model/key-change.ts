import type { Peers } from "./peers.ts";

/** The keys of the heartbeats that a site has: one signs, both are accepted. */
export type PeerKeys = Pick<Peers, "key" | "next">;

/**
 * The key that sites have to accept beside a new one, so that no two of them fall silent for each other while they are told of it one by
 * one; undefined once all have it. Of several it is the one that most sites accept: after a run that broke off, the one they all do.
 *
 * @param key signs from now on
 * @param told what each site that is there was told last
 */
export function keyBefore(key: string, told: readonly PeerKeys[]): string | undefined {
  if (told.every((site) => site.key === key)) return undefined;
  const others = new Set(told.flatMap((site) => [site.key, site.next ?? key]).filter((each) => each !== key));
  const accepted = (one: string): number => told.filter((site) => site.key === one || site.next === one).length;
  return [...others].toSorted((a, b) => accepted(b) - accepted(a))[0];
}
