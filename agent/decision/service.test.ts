import { expect, test } from "vitest";
import { serviceVerdict, type CheckView, type ServiceState } from "./service.ts";

/**
 * A check in few signs: `up`, `down`, `unknown`, `slow` (up, but slow) or `failing` (up, but its last probe failed), after
 * `shared ` if other sites share it, or `peer ` if other sites make it, then `*weight`, `#id` and `>id` for what it depends on.
 */
function check(text: string, index: number): CheckView {
  const [, place, state = "", weight, id, dependsOn] =
    /^(shared |peer )?(\w+)(?:\*(\d))?(?:#(\w+))?(?:>(\w+))?$/.exec(text) ?? [];
  const verdict = state === "slow" || state === "failing" ? "up" : (state as CheckView["verdict"]);
  return {
    label: `c${index}`,
    id,
    scope: place === "shared " ? "shared" : "site",
    weight: Number(weight ?? 1),
    dependsOn: dependsOn === undefined ? [] : [dependsOn],
    verdict,
    failing: state === "failing" || state === "down",
    slow: state === "slow",
    mayBeSilent: place === "peer ",
    cause: `is ${state}`,
  };
}

test.each<[string[], "all" | "any" | number, ServiceState]>([
  [["up"], "all", "up"],
  [["up", "up"], "all", "up"],
  [["up", "down"], "all", "down"],
  [["up", "unknown"], "all", "unknown"],
  [["unknown", "down"], "all", "down"],
  [["down", "up"], "any", "up"],
  [["down", "unknown"], "any", "unknown"],
  [["down", "down"], "any", "down"],
  [["up", "up", "down"], 2, "up"],
  [["up", "down", "down"], 2, "down"],
  [["up", "unknown", "down"], 2, "unknown"],
  [["up*2", "down"], 2, "up"],
  [["up", "down*2"], 2, "down"],
  [["up", "up"], 5, "up"],
  // Slow drains, where the others are not enough.
  [["slow"], "all", "degraded"],
  [["slow", "up"], "any", "up"],
  [["slow", "slow"], "any", "degraded"],
  [["slow", "up", "up"], 2, "up"],
  // What other sites share never withdraws (safety 2).
  [["up", "shared down"], "all", "degraded"],
  [["up", "shared slow"], "all", "degraded"],
  [["up", "shared unknown"], "all", "settling"],
  [["up", "shared up"], "all", "up"],
  [["down", "shared down"], "all", "down"],
  [["unknown", "shared down"], "all", "unknown"],
  [["shared up"], "all", "unknown"],
  [["shared down"], "any", "unknown"],
  // What other sites find counts while they tell it, and nothing while they do not.
  [["up", "peer up"], "all", "up"],
  [["up", "peer down"], "all", "down"],
  [["up", "peer unknown"], "all", "up"],
  [["down", "peer up"], "all", "down"],
  [["down", "peer unknown"], "all", "down"],
  [["down", "peer unknown"], "any", "down"],
  [["unknown", "peer unknown"], "all", "unknown"],
  [["up", "down", "peer up"], 2, "up"],
  [["up", "down", "peer unknown"], 2, "up"],
  [["down", "down", "peer unknown"], 1, "down"],
  [["peer unknown"], "all", "unknown"],
  // What a check depends on explains its failure.
  [["down>x", "shared down#x"], "all", "degraded"],
  [["down>x", "shared failing#x"], "all", "up"],
  [["down>x", "shared up#x"], "all", "down"],
  [["up>x", "down#x", "up"], 2, "down"],
  [["up>x", "failing#x"], "all", "up"],
  [["down>y", "down#y>x", "shared down#x"], "all", "degraded"],
  // What is shared cannot be seen through a check of the site that fails, which counts by itself.
  [["down#x", "up", "shared down>x"], "any", "up"],
  [["down#x", "shared down>x"], "all", "down"],
  [["up#x", "shared down>x"], "all", "degraded"],
])("checks %j with quorum %s: %s", (checks, quorum, state) => {
  expect(serviceVerdict(checks.map(check), quorum).state).toBe(state);
});

test("checks that depend on each other come to an end", () => {
  expect(serviceVerdict(["down#a>b", "up#b>a"].map(check), "all").state).toBe("down");
});

test.each([
  [["up", "down", "down"], "c1: is down; c2: is down"],
  [["up", "shared down"], "shared with other sites: c1: is down"],
  [["slow", "up"], "slow: c0"],
  [["up", "unknown"], "c1: is unknown"],
])("the cause of %j: %s", (checks, cause) => {
  expect(serviceVerdict(checks.map(check), "all").cause).toBe(cause);
});
