import { NOTHING_KNOWN, type Fleet, type FleetView, type PrefixView } from "../fleet/fleet.ts";

/** The other sites as decisions may rely on them: `none` there are, none is heard (`silent`), or what is heard of them. */
export type Others = "none" | "silent" | FleetView;

/** A view in which nobody is heard. */
export const NOBODY_HEARD: FleetView = { heard: 0, expected: true, prefix: () => NOTHING_KNOWN };

/** The other sites by what each said last. */
export function rememberedBy(fleet: Fleet | undefined): FleetView {
  const view = fleet?.view();
  const prefix = (cidr: string): PrefixView => {
    const remembered = view?.prefix(cidr).remembered() ?? 0;
    return { ...NOTHING_KNOWN, staying: () => ({ announcing: remembered, full: remembered }) };
  };
  return { ...NOBODY_HEARD, expected: false, prefix };
}

/** The other sites now. */
export function othersIn(fleet: Fleet | undefined): Others {
  const view = fleet?.view();
  if (view === undefined || (view.heard === 0 && !view.expected)) return "none";
  return view.heard === 0 ? "silent" : view;
}
