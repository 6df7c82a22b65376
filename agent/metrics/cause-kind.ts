/** Why a prefix changed its state, in few words that a dashboard can count by. */
export type CauseKind =
  "health" | "hold" | "operator" | "configuration" | "flap budget" | "last resort" | "takeover" | "load";

/** How the causes start that `agent/decision/` gives; whatever else, the checks said. */
const STARTS: readonly (readonly [start: string, kind: CauseKind])[] = [
  ["held:", "hold"],
  ["frozen:", "operator"],
  ["drained by hand", "operator"],
  ["drained by configuration", "configuration"],
  ["withdrawn too often", "flap budget"],
  ["last resort", "last resort"],
  ["takes over", "takeover"],
  ["load:", "load"],
];

/** The kind of a transition's cause. */
export function causeKind(cause: string): CauseKind {
  return STARTS.find(([start]) => cause.startsWith(start))?.[1] ?? "health";
}
