import type { KnownAnnounced } from "../announced/announced.ts";
import type { AnnouncedPrefix } from "../announcer/announcer.ts";
import { wallTime, type Clock } from "../clock.ts";
import type { Decided, Next } from "../decision/decided.ts";
import { budgetLeft } from "../decision/flap-budget.ts";
import type { PrefixReport } from "../status/report.ts";

/** What is wanted of a prefix, as the status tells it. */
export function reportPrefix(
  { cidr, family }: AnnouncedPrefix,
  decided: Decided,
  { as, session, askedAt }: KnownAnnounced,
  clock: Clock,
): PrefixReport {
  const { state, since, cause, next, budget } = decided;
  return {
    cidr,
    family,
    wanted: state,
    takesOver: decided.takeover?.active === true,
    announced: askedAt === undefined ? null : as,
    session: askedAt === undefined ? null : session,
    since: wallTime(clock, since),
    age: Math.round(clock.now() - since),
    cause,
    next: next === undefined ? null : nextText(next, clock),
    budgetLeft: budgetLeft(budget, clock.now()),
  };
}

/** As in `announces again at 2026-01-02 03:04:05Z (flap budget: 2 withdrawals in 15 min)`. */
function nextText({ does, at, why }: Next, clock: Clock): string {
  const when =
    at === undefined
      ? ""
      : ` at ${wallTime(clock, at)
          .replace("T", " ")
          .replace(/\.\d+Z$/, "Z")}`;
  return `${does}${when}${why === undefined ? "" : ` (${why})`}`;
}
