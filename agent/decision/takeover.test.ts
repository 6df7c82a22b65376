import { expect, test } from "vitest";
import { NOTHING_KNOWN, type PrefixView, type StandIns } from "../fleet/fleet.ts";
import { takeoverAfter, type Takeover } from "./takeover.ts";

function others(standIns: Partial<StandIns>): PrefixView {
  return { ...NOTHING_KNOWN, standIns: { ...NOTHING_KNOWN.standIns, ...standIns } };
}

/** Whether it announces in full at each of these moments, in seconds, while the others are like this. */
function active(view: Parameters<typeof takeoverAfter>[1], seconds: readonly number[], start?: Takeover): boolean[] {
  let takeover = start;
  return seconds.map((second) => (takeover = takeoverAfter(takeover, view, second * 1000)).active);
}

const NEEDED = others({ lastResorts: 1 });
const ACTIVE = [0, 1].reduce<Takeover | undefined>(
  (before, second) => takeoverAfter(before, NEEDED, second * 1000),
  undefined,
);

test("the first in the order takes over after a second, the next one three later if nobody has", () => {
  expect(active(NEEDED, [0, 0.9, 1, 60])).toEqual([false, false, true, true]);
  expect(active(others({ lastResorts: 1, healthyDrainedBefore: 1 }), [0, 1, 3.9, 4])).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

test.each<[string, Parameters<typeof takeoverAfter>[1]]>([
  ["somebody announces in full", others({ lastResorts: 1, full: 1 })],
  ["there is no last resort", others({})],
  ["nobody is heard", "silent"],
  ["there is nobody else", undefined],
])("nobody takes over while %s", (_, view) => {
  expect(active(view, [0, 10, 60])).toEqual([false, false, false]);
});

test("it ends 10 s after another one announces in full of its own accord, and not in silence", () => {
  expect(active(others({ full: 1 }), [2, 60], ACTIVE)).toEqual([true, true]);
  expect(active("silent", [2, 60], ACTIVE)).toEqual([true, true]);
  expect(active(others({ full: 1, fullOfItsOwn: 1 }), [2, 11.9, 12], ACTIVE)).toEqual([true, true, false]);
});
