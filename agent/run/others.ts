import { NOTHING_KNOWN, type Fleet, type FleetView } from "../fleet/fleet.ts";

/** The other sites as decisions may rely on them: `none` there are, none is heard (`silent`), or what is heard of them. */
export type Others = "none" | "silent" | FleetView;

/** A view in which nobody is heard. */
export const NOBODY_HEARD: FleetView = { heard: 0, expected: true, prefix: () => NOTHING_KNOWN };

/** A view in which there is nobody to be heard. */
export const NOBODY: FleetView = { ...NOBODY_HEARD, expected: false };

/** The other sites now. */
export function othersIn(fleet: Fleet | undefined): Others {
  const view = fleet?.view();
  if (view === undefined || (view.heard === 0 && !view.expected)) return "none";
  return view.heard === 0 ? "silent" : view;
}
