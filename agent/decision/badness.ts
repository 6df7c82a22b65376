import type { Badness } from "../fleet/fleet.ts";
import type { Decided, Situation } from "./decided.ts";
import type { ServiceVerdict } from "./service.ts";
import type { Wish } from "./wish.ts";

/** Who cannot or must not announce, comes after all who can: nobody may wait for it. */
export function badnessOf(
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
