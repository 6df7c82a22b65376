import type { Decided, Situation } from "./decided.ts";
import { isPutOff } from "./flap-budget.ts";
import { isNeeded } from "./last-resort.ts";
import type { ServiceVerdict } from "./service.ts";
import { putOff, standing, type Wish } from "./wish.ts";

/**
 * Keeps the routes as they are. What an apply, a crash or a reboot took away comes back as it was when it was frozen, once the checks
 * succeed and the flap budget lets it.
 */
export function whileFrozen(current: Decided, situation: Situation, verdict: ServiceVerdict, now: number): Wish {
  const { frozen, frozenAs } = situation;
  const cause = `frozen: ${frozen}`;
  const isMissing = current.routed === undefined || (current.routed.state === "drained" && frozenAs === "full");
  if (frozenAs === undefined || frozenAs === "withdrawn" || !isMissing)
    return {
      state: current.routed?.state ?? (current.state === "unknown" ? "unknown" : "withdrawn"),
      cause,
      next: { does: "nothing changes until 'anycast-agent thaw'" },
      lastResort: current.lastResort,
    };
  const isPutOffNow =
    current.routed === undefined &&
    isPutOff(current.budget, now) &&
    !isNeeded(situation.others, situation.intent.floor, standing(current, verdict, 1));
  if (["up", "degraded", "settling"].includes(verdict.state) && !isPutOffNow)
    return { state: frozenAs, cause, next: { does: "nothing changes until 'anycast-agent thaw'" } };
  return {
    state: current.routed?.state ?? "withdrawn",
    cause,
    next: isPutOffNow
      ? putOff(current.budget)
      : { does: `${frozenAs} again, as it was frozen, once the checks succeed` },
    lastResort: current.lastResort,
  };
}
