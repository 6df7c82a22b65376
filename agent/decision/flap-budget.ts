const MINUTE = 60_000;

/** Within how many milliseconds so many withdrawals are allowed (safety 8). */
export const WINDOW = 15 * MINUTE;
export const ALLOWED = 2;

/** The longest time that announcing again is put off, in milliseconds. */
export const LONGEST_PUT_OFF = 240 * MINUTE;

/** At least so many milliseconds of calm, and as many as it was put off last, make the next time short again. */
const CALM = 60 * MINUTE;

/** What the flap budget of a prefix remembers (safety 8). Moments in milliseconds of one clock. */
export interface FlapBudget {
  /** The last health withdrawals, oldest first; two at most. */
  readonly withdrawals: readonly number[];
  /** How many times in a row announcing again was put off. */
  readonly level: number;
  /** Until when announcing again is put off. */
  readonly until: number;
}

/** The budget of a prefix that was never withdrawn. */
export const CALM_BUDGET: FlapBudget = { withdrawals: [], level: 0, until: -Infinity };

/**
 * The budget after a health withdrawal. The second within 15 minutes puts off announcing again until the first is 15 minutes
 * old; each further time doubles that, up to 4 h.
 */
export function afterWithdrawal(budget: FlapBudget, now: number): FlapBudget {
  const withdrawals = [...budget.withdrawals, now].slice(-ALLOWED);
  const [first] = withdrawals;
  if (first === undefined || recent(withdrawals, now) < ALLOWED) return { ...budget, withdrawals };
  const level = isCalm(budget, now) ? 0 : budget.level;
  return { withdrawals, level: level + 1, until: first + Math.min(WINDOW * 2 ** level, LONGEST_PUT_OFF) };
}

/** How many withdrawals are left before announcing again is put off. */
export function budgetLeft({ withdrawals }: FlapBudget, now: number): number {
  return ALLOWED - recent(withdrawals, now);
}

/** Whether announcing again is put off at a moment. */
export function isPutOff({ until }: FlapBudget, now: number): boolean {
  return now < until;
}

function recent(withdrawals: readonly number[], now: number): number {
  return withdrawals.filter((moment) => now - moment < WINDOW).length;
}

function isCalm({ withdrawals, until }: FlapBudget, now: number): boolean {
  const last = withdrawals.at(-1) ?? -Infinity;
  return now - until >= Math.max(CALM, until - last);
}
