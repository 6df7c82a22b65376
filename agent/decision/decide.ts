import { LIFETIME } from "../announcer/announcer.ts";
import { badnessOf } from "./badness.ts";
import { untilDeleted, visible, type Decided, type Next, type Situation } from "./decided.ts";
import { down } from "./down.ts";
import { afterWithdrawal, isPutOff, type FlapBudget } from "./flap-budget.ts";
import { whileFrozen } from "./frozen.ts";
import { healthy } from "./healthy.ts";
import type { ServiceVerdict } from "./service.ts";
import { together } from "./together.ts";
import { underLoad } from "./under-load.ts";
import { heldBy, isCertainlyDead, putOff, type Wish } from "./wish.ts";

/** The next decision. Has to be made at least every second: what is announced lives on only by that. */
export function decide(before: Decided, situation: Situation, now: number): Decided {
  const current = lapse(before, now);
  const verdict = together(situation.services, situation.intent.announceWhen);
  const wish = wishFor(current, situation, verdict, now);
  const flapped = wish.flaps === true && current.routed !== undefined && !current.lastResort;
  const budget = flapped ? afterWithdrawal(current.budget, now) : current.budget;
  const routed = routedBy(wish, current, now);
  return {
    state: wish.state,
    cause: wish.cause,
    since: visible({ state: wish.state, routed }) === visible(before) ? before.since : now,
    next: wish.next ?? (wish.state === "withdrawn" ? afterRecovery(budget, now) : undefined),
    lastResort: wish.lastResort ?? false,
    routed,
    budget,
    badness: badnessOf(situation, verdict, wish, routed),
    dead: isCertainlyDead(verdict),
    takeover: wish.takeover,
    leavingSince: wish.leavingSince,
  };
}

/** What was not renewed in time has gone by itself: that is a withdrawal too. */
function lapse(before: Decided, now: number): Decided {
  if (before.routed === undefined || now <= before.routed.until) return before;
  return {
    ...before,
    state: "withdrawn",
    routed: undefined,
    budget: before.lastResort ? before.budget : afterWithdrawal(before.budget, before.routed.until),
  };
}

function wishFor(current: Decided, situation: Situation, verdict: ServiceVerdict, now: number): Wish {
  const { held, frozen } = situation;
  if (held?.state === "withdrawn")
    return {
      state: "withdrawn",
      cause: heldBy(held),
      next: {
        does:
          held.byHand === true
            ? "announces again after 'anycast-agent announce'"
            : "announces again when the hold ends",
      },
    };
  // An apply is a change that somebody wants, also of a site that is frozen.
  const isDrained = held !== undefined && ["up", "degraded", "settling"].includes(verdict.state);
  if (frozen !== undefined && !isDrained) return whileFrozen(current, situation, verdict, now);
  const shed = underLoad(current, situation, verdict);
  if (shed !== undefined) return shed;
  switch (verdict.state) {
    case "down":
      return down(current, situation, verdict, now);
    case "unknown":
      return {
        state: current.routed === undefined && current.state !== "unknown" ? "withdrawn" : "unknown",
        cause: verdict.cause,
        next: { does: "decides when the checks have told enough" },
      };
    case "up":
    case "degraded":
    case "settling":
      return healthy(current, situation, verdict, now);
  }
}

function routedBy({ state }: Wish, current: Decided, now: number): Decided["routed"] {
  switch (state) {
    case "full":
    case "drained":
      return { state, since: current.routed?.since ?? now, until: now + untilDeleted(LIFETIME) };
    case "withdrawn":
      return undefined;
    case "unknown":
      return current.routed;
  }
}

function afterRecovery(budget: FlapBudget, now: number): Next {
  return isPutOff(budget, now) ? putOff(budget) : { does: "announces again once the checks succeed" };
}
