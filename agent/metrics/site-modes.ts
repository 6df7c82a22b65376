import type { AgentReport } from "../status/report.ts";
import { family } from "./text-format.ts";

/** What keeps a site from announcing in full although its checks succeed, by who ordered it, and the floor. */
export function siteModes({ held, state, drain, withdrawal, freeze, fleet }: AgentReport): string {
  return [
    family("anycast_held", "gauge", "Whether an apply keeps everything drained or withdrawn.", [
      [{}, Number(held !== null)],
    ]),
    family("anycast_drained", "gauge", "Whether the site is drained, by whom.", [
      [{ by: "configuration" }, Number(state === "drained")],
      [{ by: "operator" }, Number(drain !== null)],
    ]),
    family("anycast_withdrawn_by_hand", "gauge", "Whether an operator has withdrawn the site.", [
      [{}, Number(withdrawal !== null)],
    ]),
    family("anycast_frozen", "gauge", "Whether the agent changes nothing until it is thawed.", [
      [{}, Number(freeze !== null)],
    ]),
    family(
      "anycast_floor",
      "gauge",
      "The least number of sites that announce each prefix.",
      fleet === null ? [] : [[{}, fleet.floor]],
    ),
  ].join("");
}
