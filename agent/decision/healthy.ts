import type { Decided, Next, Situation } from "./decided.ts";
import { isPutOff } from "./flap-budget.ts";
import { isNeeded } from "./last-resort.ts";
import type { ServiceVerdict } from "./service.ts";
import { takeoverAfter } from "./takeover.ts";
import { heldBy, putOff, standing, type Wish } from "./wish.ts";

/** Of a prefix whose services answer: in full, unless somebody or something wants it drained. */
export function healthy(current: Decided, situation: Situation, verdict: ServiceVerdict, now: number): Wish {
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

function drainEnd(until: number | undefined): Next {
  return until === undefined ? { does: "full after 'anycast-agent undrain'" } : { does: "full again", at: until };
}
