import { momentOf, wallTime, type Clock } from "../clock.ts";
import { inherited, undecided, type Decided } from "../decision/decided.ts";
import { afterWithdrawal, LONGEST_PUT_OFF, type FlapBudget } from "../decision/flap-budget.ts";
import { isFresh, type Handover } from "./handover.ts";
import type { SavedPrefix } from "./saved-state.ts";

/** What is kept of a prefix across restarts. */
export function savedPrefix({ routed, budget }: Decided, clock: Clock): SavedPrefix {
  return {
    announced: routed !== undefined,
    withdrawals: budget.withdrawals.map((moment) => wallTime(clock, moment)),
    level: budget.level,
    until: Number.isFinite(budget.until) ? wallTime(clock, budget.until) : null,
  };
}

/**
 * What a new agent knows of a prefix. What the agent before announced and did not hand over was withdrawn by its death.
 *
 * @param saved undefined: nothing is known of the prefix
 * @param handover undefined: the agent before died, or there was none
 */
export function remembered(
  cidr: string,
  saved: SavedPrefix | undefined,
  handover: Handover | undefined,
  clock: Clock,
): Decided {
  const now = clock.now();
  const start = undecided(now);
  const budget = saved === undefined ? start.budget : budgetOf(saved, clock);
  if (handover === undefined)
    return { ...start, budget: saved?.announced === true ? afterWithdrawal(budget, now) : budget };
  const left = handover.prefixes[cidr];
  if (left === undefined || !isFresh(handover, clock.wall())) return { ...start, budget };
  const leftAt = now - (clock.wall() - handover.at);
  return inherited({ ...start, budget, lastResort: left.lastResort }, left.state, leftAt);
}

/** Times that lie in the future, as after the wall clock was set back, would keep a site withdrawn for long: they count as now. */
function budgetOf({ withdrawals, level, until }: SavedPrefix, clock: Clock): FlapBudget {
  const now = clock.now();
  const moments = withdrawals.map((time) => Math.min(momentOf(clock, time), now));
  const putOff = until === null ? -Infinity : momentOf(clock, until);
  return { withdrawals: moments, level, until: Math.min(putOff, now + LONGEST_PUT_OFF) };
}
