import { expect, test } from "vitest";
import { observe, unseen, verdictAt, type Health } from "./health.ts";

const timing = { every: 1000, timeout: 500, fall: 2, rise: 3 };

/** One result a second: `+` a success, `-` a failure. */
function after(results: string): Health {
  return results
    .split("")
    .reduce(
      (health, result, second) =>
        observe(
          health,
          result === "+" ? { ok: true, took: 1 } : { ok: false, took: 1, cause: "no" },
          timing,
          second * 1000,
        ),
      unseen(0),
    );
}

test.each([
  ["", "unknown"],
  ["++", "unknown"],
  ["+++", "up"],
  ["++-+", "unknown"],
  ["-", "unknown"],
  ["--", "down"],
  ["-+-", "unknown"],
  ["+++-", "up"],
  ["+++-+-", "up"],
  ["+++--", "down"],
  ["+++--++", "down"],
  ["+++--++-++", "down"],
  ["+++--+++", "up"],
])("rise 3, fall 2: after %s it is %s", (results, verdict) => {
  expect(after(results).verdict).toBe(verdict);
});

test("remembers when the verdict changed, not when it was confirmed", () => {
  expect(after("+++++").since).toBe(2000);
  expect(after("+++--").since).toBe(4000);
});

test("a verdict that no probe confirms is worth nothing after interval, timeout and a second", () => {
  const up = after("+++");
  expect(verdictAt(up, timing, 2000 + 2500)).toBe("up");
  expect(verdictAt(up, timing, 2000 + 2501)).toBe("unknown");
});

test("after a long silence, one success is not enough to be up again (safety 4)", () => {
  const silent = observe(after("+++"), { ok: true, took: 1 }, timing, 60_000);
  expect(silent.verdict).toBe("unknown");
  expect(silent.streak).toBe(1);
});

test("after a long silence, one failure more is enough to be down when the others came before it (safety 8)", () => {
  const failed = { ok: false, took: 1, cause: "no" } as const;
  expect(observe(after("+++-"), failed, timing, 60_000).verdict).toBe("down");
  expect(observe(after("+++"), failed, timing, 60_000).verdict).toBe("unknown");
});
