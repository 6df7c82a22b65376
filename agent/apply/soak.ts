import { setTimeout as sleep } from "node:timers/promises";
import { AgentError } from "../error.ts";
import { glanceAt, type Expected, type Seen } from "./probe.ts";

/** Milliseconds between two looks. */
const POLL = 500;

/** Milliseconds that something may be wrong: a daemon's socket may be busy for a moment. What a prefix did meanwhile, its state's age tells. */
const GRACE = 1000;

/**
 * Watches a site that is well after a change for a while: whatever was well must stay so, and no prefix may change its state, not even for
 * a moment.
 *
 * @param seen all was well
 * @param lasts milliseconds
 * @throws AgentError that says what failed, and when
 */
export async function soak(expected: Expected, seen: Seen, lasts: number): Promise<void> {
  const before = statesIn(seen);
  const start = performance.now();
  let wellAt = start;
  for (;;) {
    const now = performance.now();
    // The last look is after the end.
    const isLast = now - start >= lasts;
    const { problems, ...rest } = await glanceAt(expected);
    const flapped = [...statesIn(rest)].filter(([cidr, state]) => before.get(cidr) !== state).map(([cidr]) => cidr);
    const wrong = [...problems, ...flapped.map((cidr) => `${cidr} changed its state`)];
    if (wrong.length === 0) wellAt = now;
    else if (flapped.length > 0 || now - wellAt > GRACE || isLast)
      throw new AgentError(
        `all was well after the change, but not ${((now - start) / 1000).toFixed(1)} s later: ${wrong.join("; ")}`,
      );
    if (isLast) return;
    await sleep(Math.min(POLL, lasts - (now - start)));
  }
}

/** Each prefix's state and since when it is in it. */
function statesIn({ observation }: Pick<Seen, "observation">): Map<string, string> {
  const prefixes = observation?.report.prefixes ?? [];
  return new Map(prefixes.map(({ cidr, wanted, since }) => [cidr, `${wanted} since ${since}`]));
}
