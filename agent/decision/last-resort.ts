import type { Badness, PrefixView } from "../fleet/fleet.ts";

/** Milliseconds from a failure to a withdrawal that others could make at the same time: each hears of the other one before. */
export const HESITATION_MS = 500;

/** The other sites; `silent` while there are some and none is heard, undefined where there are none. */
export type OtherSites = PrefixView | "silent" | undefined;

/** How a prefix is here. */
export interface Standing {
  readonly badness: Badness;
  /** It certainly answers nobody. */
  readonly isDead: boolean;
  readonly isRouted: boolean;
  /** It is announced although it is down, or about to be withdrawn. */
  readonly isLastResort: boolean;
}

/**
 * Whether too few other sites announce the prefix without this one (safety 1). A last resort ends for those alone that go on before it
 * does, in an order that all share: of two, one ends and never both, and no more go on than are needed.
 */
export function isNeeded(others: OtherSites, floor: number, here: Standing): boolean {
  if (others === undefined) return false;
  // Silence keeps what is announced, and starts nothing.
  if (others === "silent") return here.isRouted;
  const { badness, isDead } = here;
  // Who certainly answers nobody is better than nobody, and worse than one who answers.
  if (isDead && others.dependable > 0) return false;
  // Where any site is healthy, it takes the traffic before a last resort does.
  const announcing =
    badness < 3 ? others.announcing - others.lastResorts : others.announcing + (isDead ? others.dead : 0);
  const enough = here.isLastResort
    ? others.announcingBefore(badness, isDead)
    : announcing + others.before(badness, isDead);
  return enough < floor;
}

/**
 * Whether a prefix may be withdrawn at once: those that are counted on come earlier in the order that all share, and would not leave at
 * once should they fail now. A dead service is of no use to anybody.
 */
export function mayLeaveAtOnce(others: OtherSites, floor: number, { isDead, isRouted }: Standing): boolean {
  return typeof others !== "object" || isDead || !isRouted || others.dependableBefore >= floor;
}
