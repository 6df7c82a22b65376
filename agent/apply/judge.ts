import type { AgentConfig, PrefixState } from "../../model/agent-config.ts";
import { isEstablished, type SessionState } from "../bird/routing.ts";
import type { AgentReport, CheckReport } from "../status/report.ts";
import { drainText, withdrawalText } from "../../model/site-status.ts";

/** What the host shows of itself at a moment. */
export interface Observation {
  readonly report: AgentReport;
  /** By protocol. */
  readonly sessions: ReadonlyMap<string, SessionState>;
  /** The prefixes that each established session sends, by protocol. */
  readonly exports: ReadonlyMap<string, readonly string[]>;
  /** What BIRD routes, by prefix. */
  readonly actual: ReadonlyMap<string, PrefixState>;
}

/** What is asked of the host. */
export interface Expectation {
  readonly config: AgentConfig;
  /** SHA-256 of the configuration's text, hex. */
  readonly digest: string;
  /** Sessions and services that were down before the change, which did not touch them: worth a warning only. */
  readonly excused: {
    readonly sessions: ReadonlySet<string>;
    readonly services: ReadonlySet<string>;
    /** Checks of what sites share, by {@link checkKey}. */
    readonly checks: ReadonlySet<string>;
  };
  /** Milliseconds since the change: what was seen before it proves nothing. */
  readonly age: number;
  /** Whether all was well before: then a check that counts as up may miss single probes, as it does for the agent. */
  readonly settled: boolean;
}

/** Names a check of a service. */
export function checkKey(service: string, check: string): string {
  return `${service} ${check}`;
}

/** What is not as it should be. */
export interface Judgment {
  /** Cannot get better by waiting. */
  readonly fatal?: string;
  /** May get better by waiting. */
  readonly problems: readonly string[];
  /** Whether one of the problems is a session that is not up, which may take a while. */
  readonly sessionsDown?: boolean;
  /** Not of this change's making. */
  readonly warnings: readonly string[];
}

/** Judges whether the host does what its configuration says, all of it. */
export function judge(expected: Expectation, seen: Observation): Judgment {
  const services = judgeServices(expected, seen.report);
  const sessions = judgeSessions(expected, seen);
  // What is not healthy is not announced either; that would only be told twice.
  const routes =
    services.problems.length > 0 ? [] : [...judgePrefixes(expected, seen), ...missingExports(expected, seen)];
  const [leak] = leaks(expected, seen);
  return {
    ...(leak === undefined ? {} : { fatal: leak }),
    problems: [...services.problems, ...sessions.problems, ...routes],
    sessionsDown: sessions.problems.length > 0,
    warnings: [
      ...services.warnings,
      ...sessions.warnings,
      ...announcedToNobody(expected, seen),
      ...byHand(seen.report),
    ],
  };
}

/** Judges the services alone: whether they may be announced. */
export function judgeServices(expected: Expectation, report: AgentReport): Judgment {
  if (report.config !== expected.digest)
    return { problems: ["the agent has not read its new configuration yet"], warnings: [] };
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [name, { checks }] of Object.entries(report.services)) {
    const excused = expected.excused.services.has(name);
    for (const [index, check] of checks.entries()) {
      const isOutside = expected.config.services[name]?.checks[index]?.from === "peer";
      // Other sites may be silent: that says nothing of this one.
      const problem = isOutside && check.verdict === "unknown" ? undefined : problemOf(check, expected);
      const isExcused = excused || expected.excused.checks.has(checkKey(name, check.check));
      if (problem !== undefined) (isExcused ? warnings : problems).push(`service ${name}: ${check.check}: ${problem}`);
    }
  }
  return { problems, warnings };
}

function problemOf(
  { verdict, last }: CheckReport,
  { age, settled }: Pick<Expectation, "age" | "settled">,
): string | undefined {
  if (settled && verdict === "up") return undefined;
  if (last === null || last.age + last.took > age) return "not probed yet since the change";
  if (last.cause !== null) return last.cause;
  return verdict === "up" ? undefined : `answers, but not often enough yet to count as up`;
}

function judgeSessions({ config, excused }: Expectation, { sessions }: Observation): Judgment {
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const { protocol, neighbor, asn, password } of config.sessions) {
    const seen = sessions.get(protocol);
    if (seen === undefined || isEstablished(seen)) continue;
    const text = `session ${protocol} with ${neighbor} (AS${asn}) is not established: ${whyNot(seen, password)}`;
    (excused.sessions.has(protocol) ? warnings : problems).push(text);
  }
  return { problems, warnings };
}

function whyNot({ state, lastError }: SessionState, password: boolean): string {
  if (lastError !== null) return `${state}, ${lastError}`;
  if (!password) return `${state}, no error: the neighbor does not answer`;
  return `${state}, no error: the password may be wrong (with TCP MD5 that looks like silence), or the neighbor does not answer`;
}

function judgePrefixes({ config, excused }: Expectation, { report, actual }: Observation): string[] {
  const meant = config.state === "drained" || report.drain !== null ? "drained" : "full";
  const goal = report.withdrawal === null ? meant : "withdrawn";
  return config.prefixes.flatMap(({ cidr, services }) => {
    const wanted = report.prefixes.find((prefix) => prefix.cidr === cidr);
    if (wanted === undefined) return [`prefix ${cidr}: unknown to the agent`];
    const mayBeDown = services.some((service) => excused.services.has(service)) && wanted.wanted === "withdrawn";
    const mayBeDrained =
      wanted.wanted === "drained" && services.some((service) => isDegradedAsBefore(service, report, excused));
    if (wanted.wanted !== goal && !mayBeDown && !mayBeDrained && !wanted.takesOver)
      return [`prefix ${cidr} is ${wanted.wanted}, not ${goal}: ${wanted.cause}`];
    const found = actual.get(cidr) ?? "withdrawn";
    return found === wanted.wanted ? [] : [`prefix ${cidr} is to be ${wanted.wanted}, but is ${found} in BIRD`];
  });
}

/** Whether a service is degraded, and something that it shares with other sites was down before the change already. */
function isDegradedAsBefore(name: string, { services }: AgentReport, { checks }: Expectation["excused"]): boolean {
  const service = services[name];
  return (
    service?.verdict === "degraded" &&
    service.checks.some(({ check, verdict }) => verdict === "down" && checks.has(checkKey(name, check)))
  );
}

function missingExports({ config }: Expectation, { exports, actual }: Observation): string[] {
  return config.sessions.flatMap(({ protocol, family }) => {
    const sent = exports.get(protocol);
    if (sent === undefined) return [];
    const due = config.prefixes.filter((prefix) => prefix.family === family && isAnnounced(actual.get(prefix.cidr)));
    return due
      .filter(({ cidr }) => !sent.includes(cidr))
      .map(({ cidr }) => `session ${protocol} does not export ${cidr}: its export filter lets it not through`);
  });
}

/** A route in BIRD alone is no announcement. */
function announcedToNobody({ config }: Expectation, { exports, actual }: Observation): string[] {
  const families = new Set(config.sessions.filter(({ protocol }) => exports.has(protocol)).map(({ family }) => family));
  return config.prefixes
    .filter(({ cidr, family }) => isAnnounced(actual.get(cidr)) && !families.has(family))
    .map(({ cidr, family }) => `prefix ${cidr} is announced to nobody: no IPv${family} session is established`);
}

/** What people switched outranks the configuration, and outlives an apply. */
function byHand({ drain, withdrawal }: AgentReport): string[] {
  return [...(withdrawal === null ? [] : [withdrawalText(withdrawal)]), ...(drain === null ? [] : [drainText(drain)])];
}

function isAnnounced(state: PrefixState | undefined): boolean {
  return state === "full" || state === "drained";
}

function leaks({ config }: Expectation, { exports }: Observation): string[] {
  return [...exports].flatMap(([protocol, sent]) => {
    const family = config.sessions.find((session) => session.protocol === protocol)?.family;
    const allowed = config.prefixes.filter((prefix) => prefix.family === family).map(({ cidr }) => cidr);
    const extra = sent.filter((cidr) => !allowed.includes(cidr));
    return extra.length === 0
      ? []
      : [`session ${protocol} would leak ${extra.join(", ")}: nothing but the configured prefixes may be exported`];
  });
}
