import { PERMIT_VARIABLE } from "../model/below-floor.ts";
import type { Circumstances } from "../model/rules.ts";
import { inRehearsal } from "./stand-in.ts";

/** What the environment of this run says: whether it is a rehearsal, and which prefixes may fall below their floor. */
export function circumstances(): Required<Circumstances> {
  const named = (process.env[PERMIT_VARIABLE] ?? "").split(/[\s,]+/);
  return { rehearsal: inRehearsal(), belowFloor: named.filter((cidr) => cidr !== "") };
}
