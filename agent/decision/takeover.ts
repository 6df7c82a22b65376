import type { PrefixView } from "../fleet/fleet.ts";

/** Milliseconds for which nobody has to announce in full before the first in the order does, and more for each one before this site. */
const FIRST_AFTER_MS = 1000;
const NEXT_AFTER_MS = 3000;

/** Milliseconds for which another site has announced in full before this one is drained again. */
const BACK_AFTER_MS = 10_000;

/** How a drained site stands in for those that should announce in full. Moments of the agent's clock. */
export interface Takeover {
  /** Whether it announces in full. */
  readonly active: boolean;
  /** Since when nobody announces in full while a last resort is announced. */
  readonly neededSince: number | undefined;
  /** Since when another site announces in full of its own accord. */
  readonly relievedSince: number | undefined;
}

const IDLE: Takeover = { active: false, neededSince: undefined, relievedSince: undefined };

/**
 * Whether a site that is healthy and drained announces in full, as else last resorts take the traffic: one site, the first in the order
 * that all share. Silence neither starts nor ends it.
 */
export function takeoverAfter(
  before: Takeover | undefined,
  others: PrefixView | "silent" | undefined,
  now: number,
): Takeover {
  const current = before ?? IDLE;
  if (others === undefined) return IDLE;
  if (others === "silent") return { ...IDLE, active: current.active };
  const { full, fullOfItsOwn, lastResorts, healthyDrainedBefore } = others.standIns;
  if (current.active) {
    const relievedSince = fullOfItsOwn > 0 ? (current.relievedSince ?? now) : undefined;
    const isOver = relievedSince !== undefined && now - relievedSince >= BACK_AFTER_MS;
    return isOver ? IDLE : { ...current, relievedSince };
  }
  if (full > 0 || lastResorts === 0) return IDLE;
  const neededSince = current.neededSince ?? now;
  const turn = FIRST_AFTER_MS + NEXT_AFTER_MS * healthyDrainedBefore;
  return { ...IDLE, neededSince, active: now - neededSince >= turn };
}
