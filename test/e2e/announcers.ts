import { setTimeout as sleep } from "node:timers/promises";
import { labStatus } from "../../lab/status.ts";
import type { Lab } from "../../lab/folder.ts";

/** How many prefixes the provider's routers have of each site, at a moment. */
interface Seen {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly prefixes: ReadonlyMap<string, number>;
}

/** How many sites announced all their prefixes, as the provider's routers saw it, since {@link watchAnnouncers} was called. */
export interface Watched {
  readonly fewest: number;
  /** How long fewer than the floor did without a break, in ms. */
  readonly longestBelow: number;
}

/** The sites that announce `prefixes` prefixes to the provider's routers. */
export async function announcers(lab: Lab, prefixes: number): Promise<string[]> {
  return [...(await look(lab)).prefixes].filter(([, count]) => count === prefixes).map(([site]) => site);
}

/** Watches who announces all of `prefixes` prefixes, until the returned function is called. */
export function watchAnnouncers(lab: Lab, prefixes: number, floor: number): () => Promise<Watched> {
  const looks: Seen[] = [];
  const end = new AbortController();
  const watcher = (async () => {
    while (!end.signal.aborted) {
      looks.push(await look(lab));
      await sleep(50);
    }
  })();
  return async () => {
    end.abort();
    await watcher;
    const counts = looks.map(({ at, prefixes: seen }) => ({
      at,
      sites: [...seen.values()].filter((count) => count === prefixes).length,
    }));
    let longestBelow = 0;
    let below: number | undefined;
    for (const { at, sites } of counts) {
      if (sites >= floor) below = undefined;
      else longestBelow = Math.max(longestBelow, at - (below ??= at));
    }
    return { fewest: Math.min(...counts.map(({ sites }) => sites)), longestBelow };
  };
}

async function look(lab: Lab): Promise<Seen> {
  const { sessions } = await labStatus(lab);
  const at = Date.now();
  const prefixes = new Map<string, number>();
  for (const { site, prefixes: count } of sessions) prefixes.set(site, (prefixes.get(site) ?? 0) + count);
  return { at, prefixes };
}
