import type { Badness } from "../fleet/fleet.ts";
import type { Decided, Next, Situation } from "./decided.ts";
import type { FlapBudget } from "./flap-budget.ts";
import type { Standing } from "./last-resort.ts";
import type { ServiceVerdict } from "./service.ts";
import type { Takeover } from "./takeover.ts";

/** What is wanted of a prefix, by one reason to decide. */
export type Wish = Pick<Decided, "state" | "cause" | "next"> & {
  readonly lastResort?: boolean;
  /** It counts towards the flap budget. */
  readonly flaps?: boolean;
  readonly takeover?: Takeover;
  readonly leavingSince?: number;
};

/** Whether those that the verdict is about answer nobody. */
export function isCertainlyDead({ state, dead }: ServiceVerdict): boolean {
  return state === "down" && dead === true;
}

/** How the prefix is here, were it as bad as that. */
export function standing(current: Decided, verdict: ServiceVerdict, badness: Badness): Standing {
  return {
    badness,
    isDead: isCertainlyDead(verdict),
    isRouted: current.routed !== undefined,
    isLastResort: current.lastResort || current.leavingSince !== undefined,
  };
}

/** Of a prefix that the flap budget keeps withdrawn. */
export function putOff({ until }: FlapBudget): Next {
  return { does: "announces again", at: until, why: "flap budget: 2 withdrawals in 15 min" };
}

/** The cause of what is held. */
export function heldBy({ reason, byHand }: NonNullable<Situation["held"]>): string {
  return byHand === true ? reason : `held: ${reason}`;
}
