import { table } from "../status/table.ts";
import { moment } from "../../model/moment.ts";
import { duration } from "../../model/duration-text.ts";
import type { Transition } from "./history-file.ts";

/** A history as people read it, a line each, the oldest first. */
export function historyText(transitions: readonly Transition[]): string {
  if (transitions.length === 0) return "no transition yet";
  return table(
    transitions.map(({ at, prefix, from, to, cause, lasted }) => [
      moment(at),
      prefix,
      `${from} -> ${to}`,
      `after ${duration(lasted)}`,
      cause,
    ]),
  ).join("\n");
}
