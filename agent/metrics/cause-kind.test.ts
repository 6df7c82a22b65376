import { expect, test } from "vitest";
import { decide } from "../decision/decide.ts";
import { undecided, type Situation } from "../decision/decided.ts";
import { NOTHING_KNOWN } from "../fleet/fleet.ts";
import { causeKind, type CauseKind } from "./cause-kind.ts";

const calm: Situation = {
  intent: { announceWhen: "all", state: "active", floor: 1 },
  services: new Map([["dns", { state: "up", cause: "healthy" }]]),
  held: undefined,
  frozen: undefined,
  drain: undefined,
  others: undefined,
};
const down = new Map([["dns", { state: "down", cause: "dns/udp: refused" } as const]]);

test.each<[CauseKind, Partial<Situation>]>([
  ["health", {}],
  ["health", { services: down }],
  ["hold", { held: { reason: "apply 1", state: "withdrawn" } }],
  ["operator", { frozen: "incident 7" }],
  ["operator", { drain: { reason: "new disks" } }],
  ["configuration", { intent: { ...calm.intent, state: "drained" } }],
])("the kind of a decision's cause is %s for %o", (kind, changes) => {
  expect(causeKind(decide(undecided(0), { ...calm, ...changes }, 1000).cause)).toBe(kind);
});

test("a flap budget that is used up is a kind of its own", () => {
  let decided = undecided(0);
  let now = 0;
  for (let round = 0; round < 3; round++) {
    decided = decide(decided, calm, (now += 1000));
    decided = decide(decided, { ...calm, services: down }, (now += 1000));
  }
  expect(causeKind(decide(decided, calm, now + 1000).cause)).toBe("flap budget");
});

test("so is a last resort", () => {
  const situation = { ...calm, services: down, others: NOTHING_KNOWN };
  const decided = decide(undecided(0), situation, 1000);
  expect([causeKind(decided.cause), decided.lastResort]).toEqual(["last resort", true]);
});
