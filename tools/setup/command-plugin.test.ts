import { expect, test } from "vitest";
import { isRecent } from "./command-plugin.ts";

const hour = 3_600_000;
const now = Date.UTC(2026, 0, 2);

test.each([
  ["never failed", undefined, false],
  ["an hour ago", now - hour, true],
  ["23 hours ago", now - 23 * hour, true],
  ["25 hours ago", now - 25 * hour, false],
  ["in the future, as the clock was wrong", now + hour, false],
])("not tried again after a failure: %s", (_, at, expected) => {
  expect(isRecent(at, now)).toBe(expected);
});
