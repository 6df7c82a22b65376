import { describe, expect, test } from "vitest";
import { inheritanceOf, observe, takenOver, unseen, verdictAt, type Health } from "./health.ts";

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

test("a verdict that no probe confirms is worth nothing after the longest interval, timeout and a second", () => {
  const up = after("+++");
  expect(verdictAt(up, timing, 2000 + 2600)).toBe("up");
  expect(verdictAt(up, timing, 2000 + 2601)).toBe("unknown");
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

describe("slow", () => {
  const slow = { ...timing, slow: 100 };
  /** One result a second: `+` a success, `s` a slow one, `-` a failure. */
  const isSlow = (results: string): boolean =>
    results
      .split("")
      .reduce(
        (health, result, second) =>
          observe(
            health,
            result === "-" ? { ok: false, took: 1, cause: "no" } : { ok: true, took: result === "s" ? 101 : 100 },
            slow,
            second * 1000,
          ),
        unseen(0),
      ).slow;

  test.each([
    ["s", false],
    ["ss", true],
    ["s+s", false],
    ["s-s", true],
    ["ss++", true],
    ["ss+++", false],
    ["ss++s++", true],
  ])("fall 2, rise 3: after %s: %s", (results, expected) => {
    expect(isSlow(results)).toBe(expected);
  });
});

describe("a check that takes the place of another", () => {
  const failed = { ok: false, took: 1, cause: "no" } as const;

  test("that was up is up with the first success, also after a failure", () => {
    const start = takenOver(inheritanceOf(after("+++"), "up"), 0);
    expect(start.verdict).toBe("unknown");
    expect(observe(start, { ok: true, took: 1 }, timing, 0).verdict).toBe("up");
    const doubted = observe(start, failed, timing, 0);
    expect(doubted.verdict).toBe("unknown");
    expect(observe(doubted, { ok: true, took: 1 }, timing, 1000).verdict).toBe("up");
    expect(observe(doubted, failed, timing, 1000)).toMatchObject({ verdict: "down", trusted: false });
  });

  test("counts the failures before it", () => {
    expect(observe(takenOver(inheritanceOf(after("+++-"), "up"), 0), failed, timing, 0).verdict).toBe("down");
  });

  test("that was not up has to rise as any other", () => {
    const start = takenOver(inheritanceOf(after("++"), "unknown"), 0);
    expect(observe(start, { ok: true, took: 1 }, timing, 0).verdict).toBe("unknown");
  });
});

test("a failure that confirms the end of a service is enough", () => {
  expect(observe(after("+++"), { ok: false, took: 1, cause: "no" }, timing, 3000, true).verdict).toBe("down");
});
