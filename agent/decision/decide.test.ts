import { expect, test } from "vitest";
import { decide, worst, type ServiceVerdict } from "./decide.ts";
import type { Verdict } from "./health.ts";

function services(verdicts: readonly Verdict[]): Map<string, ServiceVerdict> {
  return new Map(verdicts.map((verdict, index) => [`s${index}`, { verdict, cause: `is ${verdict}` }]));
}

test.each<["all" | "any", Verdict[], string]>([
  ["all", [], "withdrawn"],
  ["all", ["up"], "full"],
  ["all", ["up", "up"], "full"],
  ["all", ["up", "down"], "withdrawn"],
  ["all", ["unknown", "down"], "withdrawn"],
  ["all", ["up", "unknown"], "unknown"],
  ["any", [], "withdrawn"],
  ["any", ["down", "up"], "full"],
  ["any", ["unknown", "up"], "full"],
  ["any", ["down", "unknown"], "unknown"],
  ["any", ["down", "down"], "withdrawn"],
])("announceWhen %s with %j: %s", (announceWhen, verdicts, state) => {
  expect(decide({ announceWhen, state: "active" }, services(verdicts), undefined).state).toBe(state);
});

test("a drained site is drained while healthy, and withdrawn when not", () => {
  const intent = { announceWhen: "all", state: "drained" } as const;
  expect(decide(intent, services(["up"]), undefined).state).toBe("drained");
  expect(decide(intent, services(["down"]), undefined).state).toBe("withdrawn");
});

test("held means withdrawn, with the reason as its cause", () => {
  const decision = decide({ announceWhen: "all", state: "active" }, services(["up"]), "maintenance");
  expect(decision).toEqual({ state: "withdrawn", cause: "held: maintenance" });
});

test("the cause names the services that are to blame", () => {
  const decision = decide({ announceWhen: "all", state: "active" }, services(["up", "down"]), undefined);
  expect(decision.cause).toBe("s1: is down");
});

test.each<[Verdict[], Verdict]>([
  [["up", "up"], "up"],
  [["up", "unknown"], "unknown"],
  [["unknown", "down"], "down"],
])("checks %j make a service that is %s", (verdicts, verdict) => {
  expect(worst([...services(verdicts).values()]).verdict).toBe(verdict);
});
