import { plain, type Paint } from "./paint.ts";
import type { CheckReport, PrefixReport, ServiceReport } from "./report.ts";
import type { PrefixStatus, SessionStatus, SiteStatus } from "./status.ts";
import { table } from "./table.ts";
import { moment } from "../../model/moment.ts";
import { drainCause, withdrawalCause, isAsMeant, meantAndSoText } from "../../model/site-status.ts";
import { duration } from "../../model/duration-text.ts";

/**
 * A status as people read it.
 *
 * @param now milliseconds since 1970, what `since` is counted to
 */
export function statusText(status: SiteStatus, paint: Paint = plain, now: number = Date.now()): string {
  const ago = (iso: string): string => duration(Math.max(0, now - Date.parse(iso)));
  return [
    `site ${status.site}, agent ${status.version}, running for ${ago(status.started)}, last beat ${duration(status.beatAge)} ago`,
    ...intent(status, ago).map((line) => paint("yellow", line)),
    ...section(
      "prefixes",
      status.prefixes.flatMap((prefix) => prefixRows(prefix, paint, ago)),
    ),
    ...section(
      "services",
      Object.entries(status.services).flatMap(([name, service]) => serviceRows(name, service, paint, ago)),
    ),
    ...section(
      "sessions",
      status.sessions.map((session) => sessionRow(session, paint)),
    ),
    ...fleet(status),
    ...section(
      "alarms",
      alarms(status).map(({ about, problem, since }) => [paint("red", about), problem, since && `for ${ago(since)}`]),
    ),
  ].join("\n");
}

/** Whether all is as it is meant: nothing withdrawn, all that is meant is announced, no alarm. */
export function isWell(status: SiteStatus): boolean {
  return (
    alarms(status).length === 0 &&
    status.prefixes.every((prefix) => isAsMeant(prefix) && prefix.announced !== "withdrawn")
  );
}

/** What somebody wants of the site: all that changes what the checks alone would lead to. */
function intent({ held, state, drain, withdrawal, freeze }: SiteStatus, ago: (iso: string) => string): string[] {
  const until = (order: { readonly until: string | null; readonly since: string }, undo: string): string =>
    `for ${ago(order.since)}, until ${order.until === null ? `'anycast-agent ${undo}'` : moment(order.until)}`;
  return [
    ...(held === null ? [] : [`held: ${held}`]),
    ...(freeze === null ? [] : [`frozen since ${moment(freeze.since)}: ${freeze.reason}; until 'anycast-agent thaw'`]),
    ...(withdrawal === null ? [] : [`${withdrawalCause(withdrawal)}; ${until(withdrawal, "announce")}`]),
    ...(drain === null ? [] : [`${drainCause(drain)}; ${until(drain, "undrain")}`]),
    ...(state === "drained" ? ["drained by configuration"] : []),
  ];
}

function prefixRows(prefix: PrefixStatus, paint: Paint, ago: (iso: string) => string): string[][] {
  const { cidr, wanted, since, cause, next, budgetLeft } = prefix;
  const isSo = isAsMeant(prefix) || wanted === "unknown";
  return [
    [cidr, paint(isSo ? stateColor(wanted) : "red", meantAndSoText(prefix)), `for ${ago(since)}`, cause],
    ...(next === null ? [] : [["", "", "", paint("dim", `next: ${next}`)]]),
    ...(budgetLeft >= 2 ? [] : [["", "", "", paint("dim", `flap budget: ${budgetLeft} of 2 withdrawals left`)]]),
  ];
}

function serviceRows(
  name: string,
  { verdict, checks }: ServiceReport,
  paint: Paint,
  ago: (iso: string) => string,
): string[][] {
  return [
    [name, paint(verdictColor(verdict), verdict)],
    ...checks.map((check) => [
      `  ${check.check}`,
      paint(verdictColor(check.verdict), check.verdict),
      `for ${ago(check.since)}`,
      lastProbe(check),
    ]),
  ];
}

function lastProbe({ last }: CheckReport): string {
  if (last === null) return "not probed yet";
  const result = last.cause ?? `ok in ${last.took} ms`;
  return `${result}, ${duration(last.age)} ago`;
}

function sessionRow({ protocol, neighbor, asn, state, lastError }: SessionStatus, paint: Paint): string[] {
  const shown = state ?? "unknown";
  return [protocol, `${neighbor} AS${asn}`, paint(shown === "Established" ? "green" : "red", shown), lastError ?? ""];
}

function fleet({ fleet: others }: SiteStatus): string[] {
  if (others === null) return [];
  const names = others.sites.length === 0 ? "" : `: ${others.sites.join(", ")}`;
  return ["", `fleet: ${others.heard} other sites heard${names}; floor ${others.floor}`];
}

/** The agent's, and that BIRD could not be asked just now. */
function alarms({ alarms: open, bird }: SiteStatus): { about: string; problem: string; since: string }[] {
  if (bird === null || open.some(({ about }) => about === "bird")) return [...open];
  return [...open, { about: "bird", problem: bird, since: "" }];
}

function stateColor(state: PrefixReport["wanted"]): Parameters<Paint>[0] {
  return state === "full" ? "green" : state === "withdrawn" ? "red" : "yellow";
}

function verdictColor(verdict: string): Parameters<Paint>[0] {
  return verdict === "up" ? "green" : verdict === "down" ? "red" : "yellow";
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  return rows.length === 0 ? [] : ["", title, ...table(rows).map((line) => `  ${line}`)];
}
