import type { ProbeResult } from "../check/check.ts";

/** How many milliseconds a probe may be late before the loop that makes it counts as hung. */
const SLACK = 1000;

/** When probes come and how many results in a row change the verdict; durations in milliseconds. */
export interface Timing {
  readonly every: number;
  readonly timeout: number;
  readonly fall: number;
  readonly rise: number;
  /** A success that takes longer is slow. */
  readonly slow?: number | undefined;
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
  /** `fall` slow successes in a row make it slow, `rise` others end that. */
  readonly slow: boolean;
  /** Successes in a row that were not slow (positive) or were (negative). */
  readonly paceStreak: number;
  /** The service was up a moment ago, before the agent or its configuration changed: the first success suffices. */
  readonly trusted: boolean;
  readonly last: { readonly at: number; readonly result: ProbeResult } | undefined;
}

/** The health of a check that has not run yet. */
export function unseen(now: number): Health {
  return { verdict: "unknown", since: now, streak: 0, slow: false, paceStreak: 0, trusted: false, last: undefined };
}

/** What passes from a check to the one that takes its place, in the next agent or configuration. */
export interface Inheritance {
  /** It was up: one success shows that it still is. */
  readonly trusted: boolean;
  /** Failures in a row, up to the last result: they count as ever. */
  readonly failures: number;
  readonly slow: boolean;
}

/** What a check leaves to the one that takes its place. */
export function inheritanceOf({ streak, slow }: Health, verdict: Verdict): Inheritance {
  return { trusted: verdict === "up", failures: Math.max(0, -streak), slow };
}

/** The health of a check that takes the place of another. */
export function takenOver({ trusted, failures, slow }: Inheritance, now: number): Health {
  return { ...unseen(now), streak: failures === 0 ? 0 : -failures, slow, trusted };
}

/**
 * The health after one more result. After a silence that was too long, successes before it count for nothing: as many
 * as ever are needed before the service counts as up (safety 4). Failures still count: withdrawing is not delayed (safety 8).
 *
 * @param confirms the probe was made because the service is said to have ended: one failure is enough
 */
export function observe(health: Health, result: ProbeResult, timing: Timing, now: number, confirms = false): Health {
  const before = isStale(health, timing, now) ? { ...unseen(now), streak: Math.min(health.streak, 0) } : health;
  const streak = result.ok ? Math.max(before.streak, 0) + 1 : Math.min(before.streak, 0) - 1;
  const rise = before.trusted ? 1 : timing.rise;
  const fall = confirms ? 1 : timing.fall;
  const verdict = streak >= rise ? "up" : -streak >= fall ? "down" : before.verdict;
  return {
    verdict,
    since: verdict === health.verdict ? health.since : now,
    streak,
    ...pace(before, result, timing),
    trusted: before.trusted && verdict === "unknown",
    last: { at: now, result },
  };
}

/** The verdict as it may be used now: one that no probe has confirmed for too long is worth nothing. */
export function verdictAt(health: Health, timing: Timing, now: number): Verdict {
  return isStale(health, timing, now) ? "unknown" : health.verdict;
}

/** A failure says nothing about the pace. */
function pace(before: Health, result: ProbeResult, { slow, fall, rise }: Timing): Pick<Health, "slow" | "paceStreak"> {
  if (slow === undefined) return { slow: false, paceStreak: 0 };
  if (!result.ok) return { slow: before.slow, paceStreak: before.paceStreak };
  const paceStreak = result.took > slow ? Math.min(before.paceStreak, 0) - 1 : Math.max(before.paceStreak, 0) + 1;
  const isSlow = -paceStreak >= fall || (before.slow && paceStreak < rise);
  return { slow: isSlow, paceStreak };
}

/** An interval may be a tenth longer than it is written. */
function isStale(health: Health, { every, timeout }: Timing, now: number): boolean {
  return health.last !== undefined && now - health.last.at > every * 1.1 + timeout + SLACK;
}
