import { setTimeout as sleep } from "node:timers/promises";
import { AgentError } from "../error.ts";
import type { Seen } from "./probe.ts";

/** Milliseconds between two looks. */
const POLL = 500;

/** Milliseconds that a site may not be looked at: a daemon's socket may be busy. What happened meanwhile, the next look tells. */
const GRACE = 3000;

/** Milliseconds by which two processes may round differently. */
const ROUNDING = 2;

/**
 * Watches a site that is well after a change for a while: whatever was well must stay so, and no prefix may change its state, not even for
 * a moment. Ends with a look after the end, so that even a soak of 0 is one.
 *
 * @param look one look; without an observation, the site could not be looked at
 * @param lasts milliseconds
 * @returns what was seen last
 * @throws AgentError that says what failed, and when
 */
export async function soak(look: () => Promise<Seen>, lasts: number): Promise<Seen> {
  const start = performance.now();
  let seenAt = start;
  for (;;) {
    const now = performance.now();
    const elapsed = now - start;
    const seen = await look();
    const wrong = whatIsWrong(seen, elapsed);
    const isBlind = seen.observation === undefined;
    if (!isBlind) seenAt = now;
    if (wrong.length > 0 && (!isBlind || now - seenAt > GRACE)) throw failure(wrong, elapsed, lasts);
    if (!isBlind && elapsed >= lasts) return seen;
    await sleep(elapsed >= lasts ? POLL : Math.min(POLL, lasts - elapsed));
  }
}

function whatIsWrong({ fatal, problems, observation }: Seen, elapsed: number): string[] {
  const changed = (observation?.report.prefixes ?? []).filter(({ age }) => age + ROUNDING < elapsed);
  return [
    ...(fatal === undefined ? [] : [fatal]),
    ...problems,
    ...changed.map(({ cidr, wanted, age, cause }) => `prefix ${cidr} became ${wanted} ${seconds(age)} ago: ${cause}`),
  ];
}

function failure(wrong: readonly string[], elapsed: number, lasts: number): AgentError {
  return new AgentError(
    `all was well after the change, but not ${seconds(elapsed)} later, in its soak of ${lasts / 1000} s: ${wrong.join("; ")}`,
  );
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
