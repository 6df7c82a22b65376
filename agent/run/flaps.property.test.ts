import * as fc from "fast-check";
import { expect, test } from "vitest";
import { takeHandoverFrom, type AgentUnderTest } from "../testing/agent-under-test.ts";

const WINDOW = 15 * 60_000;

/** When a prefix was withdrawn for its health: everything that ends an announcement. */
function withdrawals({ around }: AgentUnderTest): number[] {
  return around.moments.filter(({ event }) => event.from !== "unknown" && event.to === "withdrawn").map(({ at }) => at);
}

test("20 flaps in 60 s withdraw at most twice (safety 8)", async () => {
  const site = takeHandoverFrom(undefined);
  await site.clock.advance(5000);
  for (let flap = 0; flap < 20; flap++) {
    site.does = "fails";
    site.agent.serviceEvent("knot.service");
    await site.clock.advance(500);
    site.does = "answers";
    await site.clock.advance(2500);
  }
  expect(withdrawals(site)).toHaveLength(2);
  expect(site.announced()).toEqual([]);
  const [prefix] = site.agent.report().prefixes;
  expect(prefix).toMatchObject({ wanted: "withdrawn", budgetLeft: 0 });
  expect(prefix?.next).toMatch(/^announces again at \S+ \S+Z \(flap budget: 2 withdrawals in 15 min\)$/);
  await site.clock.advance(WINDOW);
  expect(site.announced()).toEqual(["full"]);
  site.agent.stop();
});

type Event = { kind: "pass"; time: number } | { kind: "fails" | "answers" | "ends" | "dies" | "hangs" | "restarts" };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant("pass" as const), time: fc.integer({ min: 1, max: 5000 }) }),
  fc.record({ kind: fc.constant("pass" as const), time: fc.integer({ min: 1, max: WINDOW }) }),
  fc.record({ kind: fc.constantFrom("fails" as const, "answers", "answers", "ends", "dies", "hangs", "restarts") }),
);

test("no order of failures, hangs and deaths withdraws more than twice in any 15 minutes (safety 8)", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      let site = takeHandoverFrom(undefined);
      const lost: number[] = [];
      /** What is announced now goes by itself. */
      const lose = (): void => {
        if (site.announced().length > 0) lost.push(site.clock.now());
      };
      for (const each of events) {
        switch (each.kind) {
          case "pass":
            await site.clock.advance(each.time);
            break;
          case "fails":
          case "answers":
            site.does = each.kind;
            break;
          case "ends":
            site.agent.serviceEvent("knot.service");
            break;
          case "dies":
            lose();
            site = takeHandoverFrom(site, { died: true });
            break;
          case "hangs":
            // Told as a withdrawal when it runs again.
            site.clock.freeze(10_000);
            break;
          case "restarts":
            site = takeHandoverFrom(site);
            break;
        }
      }
      site.does = "answers";
      await site.clock.advance(5000);
      const all = [...lost, ...withdrawals(site)].toSorted((a, b) => a - b);
      for (const [index, moment] of all.entries())
        // A hang ends the announcement up to 10 s before it is noticed.
        expect(moment - (all[index - 2] ?? -Infinity)).toBeGreaterThanOrEqual(WINDOW - 10_000);
      site.agent.stop();
    }),
    { numRuns: 100 },
  );
}, 60_000);
