import * as fc from "fast-check";
import { expect, test } from "vitest";
import { afterWithdrawal, budgetLeft, CALM_BUDGET, isPutOff, WINDOW, type FlapBudget } from "./flap-budget.ts";

const MINUTE = 60_000;

/** The budget after withdrawals at these minutes. */
function after(...minutes: readonly number[]): FlapBudget {
  return minutes.reduce((budget, minute) => afterWithdrawal(budget, minute * MINUTE), CALM_BUDGET);
}

test.each<[number[], number]>([
  [[0], -Infinity],
  [[0, 16], -Infinity],
  [[0, 1], 15],
  [[0, 14], 15],
  [[0, 1, 15], 1 + 30],
  // Down again as soon as it is announced again, ever again.
  [[0, 1, 15, 31], -Infinity],
  [[0, 1, 15, 31, 32], 31 + 60],
  [[0, 1, 15, 31, 32, 91, 92], 91 + 120],
  [[0, 1, 15, 31, 32, 91, 92, 211, 212], 211 + 240],
  [[0, 1, 15, 31, 32, 91, 92, 211, 212, 451, 452], 451 + 240],
  // Calm for an hour, and for as long as it was put off: short again.
  [[0, 1, 80, 81], 80 + 15],
  [[0, 1, 60, 61], 60 + 30],
])("after withdrawals at minutes %j it is put off until minute %s", (minutes, until) => {
  const budget = after(...minutes);
  const last = (minutes.at(-1) ?? 0) * MINUTE;
  expect(isPutOff(budget, last) ? budget.until / MINUTE : -Infinity).toBe(until);
});

test("what is left", () => {
  expect(budgetLeft(CALM_BUDGET, 0)).toBe(2);
  expect(budgetLeft(after(0), MINUTE)).toBe(1);
  expect(budgetLeft(after(0, 1), MINUTE)).toBe(0);
  expect(budgetLeft(after(0, 1), 15.5 * MINUTE)).toBe(1);
  expect(budgetLeft(after(0, 1), 17 * MINUTE)).toBe(2);
});

test("there are never more than two withdrawals within 15 minutes, however it flaps (safety 8)", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 * MINUTE }), { maxLength: 50 }), (gaps) => {
      let budget = CALM_BUDGET;
      let now = 0;
      const withdrawn: number[] = [];
      for (const gap of gaps) {
        // Announced as soon as it may be, and withdrawn a while later.
        now = Math.max(now, budget.until) + gap;
        budget = afterWithdrawal(budget, now);
        withdrawn.push(now);
      }
      for (const [index, moment] of withdrawn.entries())
        expect(moment - (withdrawn[index - 2] ?? -Infinity)).toBeGreaterThanOrEqual(WINDOW);
    }),
  );
});
