import { describe, expect, test } from "vitest";
import { report } from "../testing/report.ts";
import type { Seen } from "./probe.ts";
import { soak } from "./soak.ts";

const V4 = "203.0.113.0/24";
const nothing = { sessions: new Map(), exports: new Map(), actual: new Map() };

/** A look at a site whose prefixes have been as they are for so many milliseconds. */
function well(age = 60_000, changes: Partial<Seen> = {}): Seen {
  const prefixes = report().prefixes.map((prefix) => ({ ...prefix, age }));
  return { problems: [], warnings: [], observation: { ...nothing, report: report({ prefixes }) }, ...changes };
}

const BLIND: Seen = { problems: ["the agent does not answer"], warnings: [] };

/** Looks that show these one after the other, and the last one from then on. */
function shows(...seen: readonly [Seen, ...Seen[]]): { look: () => Promise<Seen>; looks: () => number } {
  let looks = 0;
  return { look: async () => seen[Math.min(looks++, seen.length - 1)] ?? seen[0], looks: () => looks };
}

test("a site that stays well passes, with a last look after the end", async () => {
  const { look, looks } = shows(well());
  const start = performance.now();
  await expect(soak(look, 600)).resolves.toMatchObject({ problems: [] });
  expect(performance.now() - start).toBeGreaterThanOrEqual(600);
  expect(looks()).toBeGreaterThanOrEqual(2);
});

test("a soak of 0 is one look", async () => {
  const { look, looks } = shows(well());
  await soak(look, 0);
  expect(looks()).toBe(1);
});

/** A look after the wall clock was set, or rounded otherwise. */
const jumping = (since: string): Seen => {
  const prefixes = report().prefixes.map((prefix) => ({ ...prefix, since }));
  return well(60_000, { observation: { ...nothing, report: report({ prefixes }) } });
};

test("the wall clock may jump, and when a prefix came to its state be told otherwise", async () => {
  const { look } = shows(
    jumping("2026-01-02T03:04:05.678Z"),
    jumping("2026-01-02T03:04:05.679Z"),
    jumping("1970-01-01T00:00:00.000Z"),
  );
  await expect(soak(look, 1100)).resolves.toMatchObject({ problems: [] });
});

describe("fails at once, also in its last look,", () => {
  test.each<[string, Seen, string]>([
    [
      "with what is wrong",
      well(60_000, { problems: ["session edge4 is not established"] }),
      "session edge4 is not established",
    ],
    ["with a leak", well(60_000, { fatal: "session edge4 would leak 0.0.0.0/0" }), "would leak 0.0.0.0/0"],
    ["with a flap that is over", well(120), `prefix ${V4} became full 0.1 s ago: dns healthy`],
  ])("%s", async (_, later, message) => {
    const { look } = shows(well(), later);
    await expect(soak(look, 500)).rejects.toThrow(message);
    await expect(soak(shows(well(), later).look, 60_000)).rejects.toThrow(
      /^all was well after the change, but not 0\.\d s later, in its soak of 60 s: /,
    );
  });
});

test("a site that cannot be looked at for a moment is looked at again, and does not pass unseen", async () => {
  await expect(soak(shows(well(), BLIND, well()).look, 600)).resolves.toMatchObject({ problems: [] });
  await expect(soak(shows(well(), BLIND).look, 600)).rejects.toThrow("the agent does not answer");
}, 20_000);
