import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError } from "../../model/config-error.ts";
import { planNetwork } from "../../model/plan-network.ts";
import type { NetworkPlan } from "../../model/plan.ts";
import { networkSchema } from "../../model/schema.ts";
import { writtenNetworks } from "./networks.ts";

function planned(input: unknown): NetworkPlan | ConfigError {
  try {
    return planNetwork(input);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

test("whatever is written is a plan, or problems with their paths in the user's words", () => {
  const keys = Object.keys(networkSchema.shape);
  let plans = 0;
  fc.assert(
    fc.property(writtenNetworks, (input) => {
      const result = planned(input);
      if (!(result instanceof ConfigError)) {
        plans += 1;
        return;
      }
      expect(result.problems.length).toBeGreaterThan(0);
      for (const { path, message } of result.problems) {
        // Only an unknown key of the network itself has no path.
        expect(path.length > 0 ? keys.includes(String(path[0])) : message.includes("unknown key"), message).toBe(true);
        expect(message).not.toMatch(/^Invalid|expected .* received|undefined|\[object/);
      }
    }),
    { numRuns: 400 },
  );
  // Else the other half of the property would rest on nothing.
  expect(plans).toBeGreaterThan(40);
}, 60_000);

test("in every plan each prefix keeps its floor, and nothing special is announced outside the lab (safety 1, 5)", () => {
  fc.assert(
    fc.property(writtenNetworks, (input) => {
      const plan = planned(input);
      if (plan instanceof ConfigError) return;
      for (const { active, prefix } of plan.announcements) {
        expect(active.length).toBeGreaterThanOrEqual(plan.floor);
        expect(prefix.length).toBeLessThanOrEqual(prefix.family === 4 ? 24 : 48);
      }
      expect(plan.waves.flat().toSorted()).toEqual(plan.sites.map(({ name }) => name));
    }),
    { numRuns: 400 },
  );
}, 60_000);
