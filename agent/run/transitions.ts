import { visible, type Decided } from "../decision/decided.ts";
import type { Tell } from "../events.ts";

/** Tells what changed for a prefix: its state, and whether it is announced only as a last resort (safety 1). */
export function tellTransition(tell: Tell, prefix: string, before: Decided, after: Decided, now: number): void {
  const [from, to] = [visible(before), visible(after)];
  if (to !== "unknown" && to !== from)
    tell({ event: "transition", prefix, from, to, cause: after.cause, lasted: now - before.since });
  const about = `last resort ${prefix}`;
  if (after.lastResort && !before.lastResort) tell({ event: "alarm", about, problem: after.cause });
  if (before.lastResort && !after.lastResort) tell({ event: "cleared", about });
  const [stoodIn, standsIn] = [before.takeover?.active === true, after.takeover?.active === true];
  if (standsIn && !stoodIn) tell({ event: "alarm", about: `takeover ${prefix}`, problem: after.cause });
  if (stoodIn && !standsIn) tell({ event: "cleared", about: `takeover ${prefix}` });
}
