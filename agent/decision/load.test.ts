import { expect, test } from "vitest";
import { isHigh, loadAfter, type Load } from "./load.ts";

/** The load after so many seconds each of these packets a second. */
function after(...phases: [rate: number, seconds: number][]): { load: Load; now: number } {
  let [now, packets] = [1000, 5_000_000];
  let load = loadAfter(undefined, packets, now);
  for (const [rate, seconds] of phases)
    for (let second = 0; second < seconds; second++) load = loadAfter(load, (packets += rate), (now += 1000));
  return { load, now };
}

const high = (...phases: [number, number][]): boolean => {
  const { load, now } = after(...phases);
  return isHigh(load, now);
};

test.each<[string, [number, number][], boolean]>([
  ["as usual", [[10_000, 600]], false],
  [
    "three times the usual",
    [
      [10_000, 600],
      [30_000, 5],
    ],
    false,
  ],
  [
    "five times the usual",
    [
      [10_000, 600],
      [50_000, 1],
    ],
    true,
  ],
  [
    "five times the usual of a new agent",
    [
      [10_000, 3],
      [50_000, 1],
    ],
    true,
  ],
  [
    "high for a quarter of an hour",
    [
      [10_000, 600],
      [100_000, 900],
    ],
    true,
  ],
  [
    "a moment after it",
    [
      [10_000, 600],
      [100_000, 60],
      [10_000, 4],
    ],
    true,
  ],
  [
    "some time after it",
    [
      [10_000, 600],
      [100_000, 60],
      [10_000, 6],
    ],
    false,
  ],
  [
    "many times the usual, but little",
    [
      [10, 600],
      [1900, 5],
    ],
    false,
  ],
  [
    "much more than nothing",
    [
      [0, 600],
      [3000, 1],
    ],
    true,
  ],
  ["grown over an hour", Array.from({ length: 36 }, (_, step): [number, number] => [10_000 + step * 2000, 100]), false],
])("a load that is %s is high: %s %s", (_, phases, expected) => {
  expect(high(...phases)).toBe(expected);
});

test("counters that begin anew are no load", () => {
  const { load, now } = after([10_000, 60]);
  expect(isHigh(loadAfter(load, 5, now + 1000), now + 1000)).toBe(false);
  expect(loadAfter(load, 5, now + 1000)).toMatchObject({ packets: 5, usual: load.usual });
});
