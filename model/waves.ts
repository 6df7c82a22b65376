import type { Problem } from "./config-error.ts";
import { didYouMean } from "./nearest.ts";

/** A wave as configured: sites by name, or the share of all sites that is done after it, as in `50%`. */
export type WaveConfig = readonly string[] | string;

/**
 * The waves as lists of sites. A share takes sites in the order of their names, so that the same sites are first at every run;
 * one that adds no site to the waves before it is left out, so that the same list serves few sites and many.
 * Sites that no wave names come last, in a wave of their own. Without waves: one canary, then the rest (safety 9).
 */
export function resolveWaves(
  waves: readonly WaveConfig[] | undefined,
  sites: readonly string[],
): { waves: string[][]; problems: Problem[] } {
  const order = sites.toSorted();
  const problems: Problem[] = [];
  const done = new Set<string>();
  const resolved: string[][] = [];
  for (const [index, wave] of (waves ?? [order.slice(0, 1)]).entries()) {
    const members =
      typeof wave === "string"
        ? share(wave, order, done)
        : named(wave, order, done, ["rollout", "waves", index], problems);
    for (const site of members) done.add(site);
    if (members.length > 0) resolved.push(members);
  }
  const rest = order.filter((site) => !done.has(site));
  return { waves: rest.length > 0 ? [...resolved, rest] : resolved, problems };
}

function share(percent: string, order: readonly string[], done: ReadonlySet<string>): string[] {
  const target = Math.round((order.length * Number.parseInt(percent, 10)) / 100);
  return order.filter((site) => !done.has(site)).slice(0, Math.max(0, target - done.size));
}

function named(
  wave: readonly string[],
  order: readonly string[],
  done: ReadonlySet<string>,
  path: readonly PropertyKey[],
  problems: Problem[],
): string[] {
  const members: string[] = [];
  for (const [index, site] of wave.entries()) {
    if (!order.includes(site))
      problems.push({ path: [...path, index], message: `there is no site '${site}'${didYouMean(site, order)}` });
    else if (done.has(site) || members.includes(site))
      problems.push({ path: [...path, index], message: `site '${site}' is in two waves` });
    else members.push(site);
  }
  return members;
}
