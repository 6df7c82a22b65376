import { describe, expect, test } from "vitest";
import type { Badness, PrefixView } from "../fleet/fleet.ts";
import { decide } from "./decide.ts";
import { inherited, undecided, type Decided, type Situation } from "./decided.ts";
import type { ServiceState, ServiceVerdict } from "./service.ts";

const MINUTE = 60_000;

function services(...states: readonly ServiceState[]): Map<string, ServiceVerdict> {
  return new Map(states.map((state, index) => [`s${index}`, { state, cause: `is ${state}` }]));
}

function situation(states: readonly ServiceState[], changes: Partial<Situation> = {}): Situation {
  return {
    intent: { announceWhen: "all", state: "active", floor: 2 },
    services: services(...states),
    held: undefined,
    frozen: undefined,
    drain: undefined,
    others: undefined,
    ...changes,
  };
}

/**
 * Other sites: so many announce of their own accord, so many as a last resort, and so many would come before this one; of the
 * last resorts, so many are earlier in the shared order.
 */
function others(dependable: number, lastResorts = 0, before = 0, earlier = 0): PrefixView {
  return {
    announcing: dependable + lastResorts,
    lastResorts,
    dead: 0,
    dependable,
    dependableBefore: dependable,
    announcingBefore: (badness: Badness) => dependable + (badness < 3 ? 0 : earlier),
    before: (badness: Badness) => (badness < 3 ? 0 : before),
    staying: () => ({ announcing: dependable + lastResorts, full: dependable }),
    asksBefore: false,
    sheds: false,
    standIns: { full: dependable, fullOfItsOwn: dependable, lastResorts, healthyDrainedBefore: 0 },
  };
}

/** What is decided after these situations, a second after each other; ends at the moment `after`. */
function decided(situations: readonly Situation[], start: Decided = undecided(0)): Decided {
  return situations.reduce((before, one, second) => decide(before, one, second * 1000), start);
}

const UP = situation(["up"]);
const DOWN = situation(["down"]);
const WITHDRAWN = { reason: "an apply", state: "withdrawn" } as const;
const DRAINED = { reason: "an apply", state: "drained" } as const;

test.each<["all" | "any", ServiceState[], string]>([
  ["all", [], "withdrawn"],
  ["all", ["up"], "full"],
  ["all", ["up", "up"], "full"],
  ["all", ["up", "down"], "withdrawn"],
  ["all", ["up", "degraded"], "drained"],
  ["all", ["up", "settling"], "drained"],
  ["all", ["unknown", "degraded"], "unknown"],
  ["all", ["unknown", "down"], "withdrawn"],
  ["all", ["up", "unknown"], "unknown"],
  ["any", [], "withdrawn"],
  ["any", ["down", "up"], "full"],
  ["any", ["degraded", "up"], "full"],
  ["any", ["degraded", "down"], "drained"],
  ["any", ["unknown", "up"], "full"],
  ["any", ["down", "unknown"], "unknown"],
  ["any", ["down", "down"], "withdrawn"],
])("announceWhen %s with %j: %s", (announceWhen, states, state) => {
  const intent = { announceWhen, state: "active", floor: 1 } as const;
  expect(decided([situation(states, { intent })]).state).toBe(state);
});

describe("in order", () => {
  const drain = { reason: "new line" };
  test.each<[string, Partial<Situation>, ServiceState, string, string]>([
    ["a hold", { held: WITHDRAWN, frozen: "night", drain }, "up", "withdrawn", "held: an apply"],
    ["a hold that drains first", { held: DRAINED, frozen: "night", drain }, "up", "drained", "held: an apply"],
    ["a freeze, also while a hold drains", { held: DRAINED, frozen: "night" }, "down", "full", "frozen: night"],
    ["a failure while a hold drains", { held: DRAINED }, "down", "withdrawn", "s0: is down"],
    ["a freeze", { frozen: "night", drain }, "down", "full", "frozen: night"],
    ["a failure", { drain }, "down", "withdrawn", "s0: is down"],
    ["a shared fault or slowness", { drain }, "degraded", "drained", "s0: is degraded"],
    ["a drain by hand", { drain }, "up", "drained", "drained by hand: new line"],
    [
      "the configuration",
      { intent: { announceWhen: "all", state: "drained", floor: 2 } },
      "up",
      "drained",
      "drained by configuration",
    ],
    ["health", {}, "up", "full", "s0 healthy"],
  ])("%s decides", (_, changes, service, state, cause) => {
    expect(decided([UP, situation([service], changes)])).toMatchObject({ state, cause });
  });
});

describe("frozen (safety 16)", () => {
  const frozen = (state: ServiceState): Situation => situation([state], { frozen: "night" });

  test.each<[string, Situation[], string]>([
    ["what is announced stays", [UP, frozen("down"), frozen("unknown")], "full"],
    ["what is drained stays", [situation(["degraded"]), frozen("up")], "drained"],
    ["what is withdrawn stays", [UP, DOWN, frozen("up")], "withdrawn"],
    ["what nobody knew is left alone", [frozen("up")], "unknown"],
  ])("%s", (_, situations, state) => {
    expect(decided(situations).state).toBe(state);
  });

  test("what was announced but not kept alive is not announced again", () => {
    expect(decide(decided([UP]), frozen("up"), 10_000).state).toBe("withdrawn");
  });
});

test("while what other sites share is not known yet, what is announced stays as it is", () => {
  const settling = situation(["settling"]);
  expect(decided([UP, settling]).state).toBe("full");
  expect(decided([situation(["degraded"]), settling]).state).toBe("drained");
});

const flaps = (count: number): Situation[] => Array.from({ length: count }, () => [UP, DOWN]).flat();

describe("the flap budget (safety 8)", () => {
  test("one withdrawal puts off nothing, two do, and say until when", () => {
    expect(decided([...flaps(1), UP]).state).toBe("full");
    const put = decided([...flaps(2), UP]);
    expect(put).toMatchObject({ state: "withdrawn", cause: "withdrawn too often, as the flap budget says" });
    expect(put.next).toEqual({
      does: "announces again",
      at: 1000 + 15 * MINUTE,
      why: "flap budget: 2 withdrawals in 15 min",
    });
    expect(decide(put, UP, 1000 + 15 * MINUTE - 1).state).toBe("withdrawn");
    expect(decide(put, UP, 1000 + 15 * MINUTE).state).toBe("full");
  });

  test.each<[string, Situation]>([
    ["a hold", situation(["up"], { held: WITHDRAWN })],
    ["a hold that drains first", situation(["up"], { held: DRAINED })],
    [
      "a service that is stopped",
      situation([], { services: new Map([["s0", { state: "down", cause: "", planned: true }]]) }),
    ],
    ["a drain", situation(["up"], { drain: { reason: "" } })],
  ])("%s does not count", (_, interruption) => {
    expect(decided([UP, interruption, UP, interruption, UP, interruption, UP]).state).toBe("full");
  });

  test("what was not kept alive counts", () => {
    const once = decide(decided([UP]), UP, 10_000);
    expect(once.state).toBe("full");
    expect(decide(once, UP, 20_000).state).toBe("withdrawn");
  });

  test("gives way to the floor, and then stays announced (safety 1)", () => {
    const below = situation(["up"], { others: others(1) });
    const announced = decide(decided([...flaps(2)]), below, 5000);
    expect(announced.state).toBe("full");
    expect(decide(announced, situation(["up"], { others: others(4) }), 6000).state).toBe("full");
  });
});

/** A service that certainly answers nobody. */
function dead(view: PrefixView): Situation {
  return situation([], { services: new Map([["s0", { state: "down", cause: "refused", dead: true }]]), others: view });
}

describe("the last resort (safety 1)", () => {
  test.each<[string, PrefixView | undefined, string]>([
    ["enough others announce it", others(2), "withdrawn"],
    ["others come first", others(1, 0, 1), "drained"],
    ["others do so as a last resort already", others(0, 2), "drained"],
    ["too few others announce it", others(1), "drained"],
    ["nobody else is heard", undefined, "withdrawn"],
  ])("when %s", (_, view, state) => {
    expect(decided([UP, situation(["down"], { others: view })]).state).toBe(state);
  });

  test("in silence what is announced stays, and nothing begins", () => {
    const silent = situation(["down"], { others: "silent" });
    expect(decided([UP, silent])).toMatchObject({ state: "drained", lastResort: true });
    expect(decided([UP, DOWN, silent]).state).toBe("withdrawn");
    expect(decided([silent]).state).toBe("withdrawn");
  });

  test("a failure that others may have at the same time drains at first, and withdraws once they had time to say so", () => {
    const view = { ...others(2), dependableBefore: 1 };
    const start = decided([UP, situation(["down"], { others: view })]);
    expect(start).toMatchObject({ state: "drained", lastResort: false, badness: 3, leavingSince: 1000 });
    expect(decide(start, situation(["down"], { others: view }), 1499).state).toBe("drained");
    expect(decide(start, situation(["down"], { others: view }), 1500)).toMatchObject({
      state: "withdrawn",
      budget: { withdrawals: [1500] },
    });
    const both = situation(["down"], { others: { ...others(1, 1), dependableBefore: 1 } });
    expect(decide(start, both, 1200)).toMatchObject({ state: "drained", lastResort: true });
  });

  test("of a dead service is withdrawn at once while a healthy one announces, and else as any other", () => {
    const view = { ...others(1), dependableBefore: 0 };
    expect(decided([UP, dead(view)])).toMatchObject({ state: "withdrawn", dead: true });
    expect(decided([UP, dead(others(0))])).toMatchObject({ state: "drained", lastResort: true });
  });

  test("ends when enough others announce it of their own accord, not for other last resorts", () => {
    const started = decided([UP, situation(["down"], { others: others(0) })]);
    expect(started).toMatchObject({ state: "drained", lastResort: true });
    const chased = decide(started, situation(["down"], { others: others(1, 3) }), 2000);
    expect(chased.state).toBe("drained");
    expect(decide(chased, situation(["down"], { others: others(2, 3) }), 3000).state).toBe("withdrawn");
  });

  test("is no withdrawal, neither at its beginning nor at its end", () => {
    const resort = situation(["down"], { others: others(0) });
    const end = situation(["down"], { others: others(2) });
    expect(decided([UP, resort, end, resort, end, resort, end, UP]).state).toBe("full");
  });

  test("is not for what is held, frozen or unknown", () => {
    const view = others(0);
    expect(decided([situation(["down"], { held: WITHDRAWN, others: view })]).state).toBe("withdrawn");
    expect(decided([situation(["unknown"], { others: view })]).state).toBe("unknown");
    expect(decided([UP, DOWN, situation(["down"], { frozen: "", others: view })]).state).toBe("withdrawn");
  });
});

describe("unknown", () => {
  const unknown = situation(["unknown"]);

  test("leaves alone what there is, until it is gone", () => {
    const doubt = decided([UP, unknown, unknown]);
    expect(doubt).toMatchObject({ state: "unknown", since: 0 });
    expect(decide(doubt, UP, 3000)).toMatchObject({ state: "full", since: 0 });
    expect(decide(doubt, unknown, 4000)).toMatchObject({ state: "withdrawn", since: 4000, cause: "s0: is unknown" });
  });

  test("what the agent before announced goes on without a change", () => {
    const start = inherited(undecided(1000), "full", 500);
    const first = decide(start, situation(["unknown"]), 1000);
    expect(first.state).toBe("unknown");
    expect(decide(first, UP, 2000)).toMatchObject({ state: "full", since: 1000 });
  });
});

test.each<[ServiceState, Partial<Situation>, Badness]>([
  ["up", {}, 0],
  ["degraded", {}, 1],
  ["unknown", {}, 4],
  ["down", {}, 3],
  ["up", { held: WITHDRAWN }, 4],
  ["up", { held: DRAINED }, 0],
  ["up", { frozen: "" }, 4],
])("how bad it would be to announce what is %s with %j: %s", (state, changes, badness) => {
  expect(decided([situation([state], changes)]).badness).toBe(badness);
});
