import type { Decided, Situation } from "./decided.ts";
import { isNeeded } from "./last-resort.ts";
import type { ServiceVerdict } from "./service.ts";
import { standing, type Wish } from "./wish.ts";

/**
 * What an attack makes of it (safety 14): a site that fails under it is not withdrawn, as the traffic would only go to the next one; but one of the
 * network may be, with the consent of the others, and stays so for a while. Undefined: decided as ever.
 */
export function underLoad(
  current: Decided,
  { load = "usual", others, intent, held }: Situation,
  verdict: ServiceVerdict,
): Wish | undefined {
  if (load === "usual" || typeof others !== "object") return undefined;
  const isDown = verdict.state === "down";
  if (load === "high") {
    const isKept = held === undefined && current.routed !== undefined && !current.lastResort;
    if (!isKept || !isOverloaded(verdict)) return undefined;
    return {
      state: current.routed.state,
      cause: `load: far above usual, and the traffic would go to other sites; ${verdict.cause}`,
      next: { does: "withdrawn once no other site is withdrawn for load, as ever once the load is as usual" },
    };
  }
  if (isNeeded(others, intent.floor, standing(current, verdict, isDown ? 3 : 0))) return undefined;
  const cause = isDown ? verdict.cause : "its checks succeed without the load";
  return {
    state: "withdrawn",
    cause: `load: far above usual, withdrawn with the consent of the others; ${cause}`,
    next: { does: "announces again once the checks succeed", at: load.until },
  };
}

/** Whether a service may fail because of what comes to it: nobody stops it, and it is not certainly dead. */
export function isOverloaded({ state, planned, dead }: ServiceVerdict): boolean {
  return state === "down" && planned !== true && dead !== true;
}
