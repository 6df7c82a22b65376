import type { Decided, Situation } from "./decided.ts";
import { HESITATION_MS, isNeeded, mayLeaveAtOnce } from "./last-resort.ts";
import type { ServiceVerdict } from "./service.ts";
import { standing, type Wish } from "./wish.ts";

/** Of a prefix whose services are down: withdrawn, after a moment if others may fail too, or the last resort. */
export function down(current: Decided, { others, intent }: Situation, verdict: ServiceVerdict, now: number): Wish {
  const { cause, planned, unanswered } = verdict;
  const { floor } = intent;
  const here = standing(current, verdict, 3);
  // What was not announced begins to be only when all is known of it.
  const mayStart = here.isRouted || unanswered !== true;
  if (mayStart && isNeeded(others, floor, here)) {
    const why = others === "silent" ? "no other site is heard" : `fewer than ${floor} other sites announce it`;
    return {
      state: "drained",
      cause: `last resort, as ${why}; ${cause}`,
      next: { does: `withdrawn once ${floor} other sites announce it, full once the checks succeed` },
      lastResort: true,
    };
  }
  const leavingSince = current.leavingSince ?? now;
  if (!current.lastResort && !mayLeaveAtOnce(others, floor, here) && now - leavingSince < HESITATION_MS)
    return {
      state: "drained",
      cause: `withdrawn in ${HESITATION_MS} ms, unless other sites fail too; ${cause}`,
      next: { does: "withdrawn", at: leavingSince + HESITATION_MS },
      leavingSince,
    };
  return { state: "withdrawn", cause, next: undefined, flaps: planned !== true };
}
