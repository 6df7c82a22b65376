import { expect, test } from "vitest";
import { duration, durationOrZero, operatorDuration } from "./duration.ts";

test.each([
  ["10m", 600_000],
  ["10 min", 600_000],
  ["10min", 600_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  [" 1.5 s ", 1500],
  ["200 ms", 200],
])("'%s' is a duration", (text, milliseconds) => {
  expect(duration.parse(text)).toBe(milliseconds);
  expect(operatorDuration.parse(text)).toBe(milliseconds);
});

test.each(["", "10", "m", "-1 s", "0 s", "1 w", "10 minutes", "1e3 s", "1h30m", "NaN s"])(
  "'%s' is no duration, and the message names the units",
  (text) => {
    expect(operatorDuration.safeParse(text).error?.issues[0]?.message).toBe(
      `'${text}' is no duration: write a positive number and a unit (ms, s, m or min, h, d), as in '2h'`,
    );
  },
);

test("what a timer or a calendar cannot carry is too long", () => {
  expect(duration.safeParse("25d").error?.issues[0]?.message).toBe("'25d' is too long: at most 24 d");
  expect(operatorDuration.safeParse("367d").error?.issues[0]?.message).toBe("'367d' is too long: at most 366 d");
  expect(operatorDuration.parse("30d")).toBe(30 * 86_400_000);
});

test("nothing is a duration where it may be", () => {
  expect(durationOrZero.parse("0 s")).toBe(0);
});
