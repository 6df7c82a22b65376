import type { AgentConfig, PrefixState } from "../../model/agent-config.ts";
import { HANDED_OVER, LIFETIME } from "../announcer/announcer.ts";
import type { Badness } from "../fleet/fleet.ts";
import { afterWithdrawal, CALM_BUDGET, isPutOff, type FlapBudget } from "./flap-budget.ts";
import { HESITATION_MS, isNeeded, mayLeaveAtOnce, type OtherSites, type Standing } from "./last-resort.ts";
import type { ServiceVerdict } from "./service.ts";
import { takeoverAfter, type Takeover } from "./takeover.ts";
import { together } from "./together.ts";

/** Milliseconds from the last renewal of a marker that lives for `lifetime` seconds until the kernel has deleted it. */
function untilDeleted(lifetime: number): number {
  return lifetime * 1000 + 500;
}

/** What would change a decision, and when by itself if it is known; a moment of the agent's clock. */
export interface Next {
  readonly does: string;
  readonly at?: number;
  readonly why?: string;
}

/** Whether more comes to the site than usual, by far; or until when it is withdrawn for that, with the consent of the others. */
export type LoadState = "usual" | "high" | { readonly until: number };

/** What the decision about a prefix is made from. */
export interface Situation {
  readonly intent: Pick<AgentConfig, "announceWhen" | "state" | "floor">;
  /** Those with an address in the prefix, by name. */
  readonly services: ReadonlyMap<string, ServiceVerdict>;
  /** Why an apply, or a person, keeps everything drained or withdrawn. */
  readonly held:
    | { readonly reason: string; readonly state: "drained" | "withdrawn"; readonly byHand?: boolean | undefined }
    | undefined;
  /** Why nothing may change (safety 16). */
  readonly frozen: string | undefined;
  /** What the prefix was when it was frozen; undefined: nobody could tell. */
  readonly frozenAs?: PrefixState | undefined;
  /** Drained by hand: why, until when, if it ends by itself, and whether it announces in full for nobody (default: it may). */
  readonly drain:
    | { readonly reason: string; readonly until?: number | undefined; readonly neverFull?: boolean | undefined }
    | undefined;
  /** Default: as usual. */
  readonly load?: LoadState;
  /** The other sites; `silent` while there are some and none is heard, undefined where there are none. */
  readonly others: OtherSites;
}

/**
 * What is decided about a prefix, and what has to be remembered for the next decision. `unknown`: nobody can tell yet, or any more;
 * then what there is is left alone, and its lifetime runs out by itself.
 */
export interface Decided {
  readonly state: PrefixState | "unknown";
  readonly cause: string;
  /** The moment of the last change of the state, apart from a doubt that ended before anything happened. */
  readonly since: number;
  readonly next: Next | undefined;
  /** It is announced although it is down, because too few others announce it (safety 1). */
  readonly lastResort: boolean;
  /** What BIRD is to route, since when it routes anything, and how long that lives without being renewed; undefined: nothing. */
  readonly routed: { readonly state: "full" | "drained"; readonly since: number; readonly until: number } | undefined;
  readonly budget: FlapBudget;
  readonly badness: Badness;
  /** It is down, and certainly answers nobody. */
  readonly dead: boolean;
  /** Of a site that is healthy and drained: whether it stands in for others. */
  readonly takeover: Takeover | undefined;
  /** Since when it is drained to be withdrawn in a moment; undefined: it is not. */
  readonly leavingSince: number | undefined;
}

/** A prefix about which nothing was decided yet. */
export function undecided(now: number): Decided {
  return {
    state: "unknown",
    cause: "just started",
    since: now,
    next: undefined,
    lastResort: false,
    routed: undefined,
    budget: CALM_BUDGET,
    badness: 4,
    dead: false,
    takeover: undefined,
    leavingSince: undefined,
  };
}

/** A prefix that an agent which ended at a moment announced: it goes on living for a while. */
export function inherited(before: Decided, state: "full" | "drained", leftAt: number): Decided {
  return { ...before, routed: { state, since: leftAt, until: leftAt + untilDeleted(HANDED_OVER) } };
}

/** The state as others see it: while nobody can tell, what was announced still is. */
export function visible({ state, routed }: Pick<Decided, "state" | "routed">): Decided["state"] {
  return state === "unknown" ? (routed?.state ?? "unknown") : state;
}

type Wish = Pick<Decided, "state" | "cause" | "next"> & {
  readonly lastResort?: boolean;
  /** It counts towards the flap budget. */
  readonly flaps?: boolean;
  readonly takeover?: Takeover;
  readonly leavingSince?: number;
};

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

function isCertainlyDead({ state, dead }: ServiceVerdict): boolean {
  return state === "down" && dead === true;
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

/**
 * What an attack makes of it (safety 14): a site that fails under it is not withdrawn, as the traffic would only go to the next one; but one of the
 * network may be, with the consent of the others, and stays so for a while. Undefined: decided as ever.
 */
function underLoad(
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

/**
 * Keeps the routes as they are. What an apply, a crash or a reboot took away comes back as it was when it was frozen, once the checks
 * succeed and the flap budget lets it.
 */
function whileFrozen(current: Decided, situation: Situation, verdict: ServiceVerdict, now: number): Wish {
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

function down(current: Decided, { others, intent }: Situation, verdict: ServiceVerdict, now: number): Wish {
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

function healthy(current: Decided, situation: Situation, verdict: ServiceVerdict, now: number): Wish {
  const { intent, drain, held } = situation;
  const isKept = current.routed !== undefined && !current.lastResort;
  if (
    !isKept &&
    isPutOff(current.budget, now) &&
    !isNeeded(situation.others, intent.floor, standing(current, verdict, verdict.state === "up" ? 0 : 1))
  )
    return { state: "withdrawn", cause: "withdrawn too often, as the flap budget says", next: putOff(current.budget) };
  if (held !== undefined)
    return { state: "drained", cause: heldBy(held), next: { does: "as before when the hold ends" } };
  if (verdict.state === "degraded")
    return { state: "drained", cause: verdict.cause, next: { does: "full again once the checks succeed" } };
  if (drain !== undefined) {
    const wish: Wish = { state: "drained", cause: `drained by hand: ${drain.reason}`, next: drainEnd(drain.until) };
    return drain.neverFull === true ? wish : orTakeover(wish, current, situation, verdict, now);
  }
  if (intent.state === "drained")
    return orTakeover(
      { state: "drained", cause: "drained by configuration", next: undefined },
      current,
      situation,
      verdict,
      now,
    );
  if (verdict.state === "up") return { state: "full", cause: verdict.cause, next: undefined };
  return {
    state: current.routed?.state ?? "drained",
    cause: verdict.cause,
    next: { does: "full once the checks of what it shares with other sites succeed" },
  };
}

/** Of a healthy site that is drained: in full, while else only last resorts and drained sites would announce. */
function orTakeover(
  drained: Wish,
  { takeover: before }: Decided,
  { others }: Situation,
  { state }: ServiceVerdict,
  now: number,
): Wish {
  if (state !== "up") return drained;
  const takeover = takeoverAfter(before, others, now);
  if (!takeover.active) return { ...drained, takeover };
  return {
    state: "full",
    cause: `takes over in full, as no other site announced in full and a last resort was announced; ${drained.cause}`,
    next: { does: "drained again once another site has announced in full for 10 s" },
    takeover,
  };
}

function standing(current: Decided, verdict: ServiceVerdict, badness: Badness): Standing {
  return {
    badness,
    isDead: isCertainlyDead(verdict),
    isRouted: current.routed !== undefined,
    isLastResort: current.lastResort || current.leavingSince !== undefined,
  };
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

/** Who cannot or must not announce, comes after all who can: nobody may wait for it. */
function badnessOf(
  { held, frozen, drain }: Situation,
  { state }: ServiceVerdict,
  { takeover }: Wish,
  routed: Decided["routed"],
): Badness {
  const isRouted = routed !== undefined;
  if (held?.state === "withdrawn" || (frozen !== undefined && !isRouted)) return 4;
  switch (state) {
    case "up": {
      const staysDrained = routed?.state === "drained" && (frozen !== undefined || drain?.neverFull === true);
      return takeover?.active === true || staysDrained ? 1 : 0;
    }
    case "degraded":
    case "settling":
      return 1;
    case "unknown":
      return isRouted ? 2 : 4;
    case "down":
      return 3;
  }
}

function afterRecovery(budget: FlapBudget, now: number): Next {
  return isPutOff(budget, now) ? putOff(budget) : { does: "announces again once the checks succeed" };
}

function putOff({ until }: FlapBudget): Next {
  return { does: "announces again", at: until, why: "flap budget: 2 withdrawals in 15 min" };
}

function heldBy({ reason, byHand }: NonNullable<Situation["held"]>): string {
  return byHand === true ? reason : `held: ${reason}`;
}

function drainEnd(until: number | undefined): Next {
  return until === undefined ? { does: "full after 'anycast-agent undrain'" } : { does: "full again", at: until };
}
