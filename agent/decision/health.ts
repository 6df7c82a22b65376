import type { ProbeResult } from "../check/check.ts";

/** How many milliseconds a probe may be late before the loop that makes it counts as hung. */
const SLACK = 1000;

/** When probes come and how many results in a row change the verdict; durations in milliseconds. */
export interface Timing {
  readonly every: number;
  readonly timeout: number;
  readonly fall: number;
  readonly rise: number;
}

/** `unknown`: too little was seen, or nothing for too long. */
export type Verdict = "up" | "down" | "unknown";

/** What the results of a check so far say. */
export interface Health {
  readonly verdict: Verdict;
  /** The moment of the last change of the verdict. */
  readonly since: number;
  /** Successes (positive) or failures (negative) in a row, up to the last result. */
  readonly streak: number;
  readonly last: { readonly at: number; readonly result: ProbeResult } | undefined;
}

/** The health of a check that has not run yet. */
export function unseen(now: number): Health {
  return { verdict: "unknown", since: now, streak: 0, last: undefined };
}

/**
 * The health after one more result. After a silence that was too long, successes before it count for nothing: as many
 * as ever are needed before the service counts as up (safety 4). Failures still count: withdrawing is not delayed (safety 8).
 */
export function observe(health: Health, result: ProbeResult, timing: Timing, now: number): Health {
  const before = isStale(health, timing, now) ? { ...unseen(now), streak: Math.min(health.streak, 0) } : health;
  const streak = result.ok ? Math.max(before.streak, 0) + 1 : Math.min(before.streak, 0) - 1;
  const verdict = streak >= timing.rise ? "up" : -streak >= timing.fall ? "down" : before.verdict;
  return { verdict, since: verdict === health.verdict ? health.since : now, streak, last: { at: now, result } };
}

/** The verdict as it may be used now: one that no probe has confirmed for too long is worth nothing. */
export function verdictAt(health: Health, timing: Timing, now: number): Verdict {
  return isStale(health, timing, now) ? "unknown" : health.verdict;
}

function isStale(health: Health, { every, timeout }: Timing, now: number): boolean {
  return health.last !== undefined && now - health.last.at > every + timeout + SLACK;
}
