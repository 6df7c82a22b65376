import { isDeepStrictEqual } from "node:util";
import type { AgentConfig } from "../../model/agent-config.ts";
import { PATHS } from "../../model/paths.ts";
import { isEstablished, type SessionState } from "../bird/routing.ts";
import type { AgentReport } from "../status/report.ts";
import type { Change } from "./changes.ts";
import { checkKey } from "./judge.ts";
import { reportNow, sessionsNow, type Expected } from "./probe.ts";

/** How the host was before a change. */
export interface Baseline {
  /** The agent's configuration; undefined when there was none. */
  readonly config: AgentConfig | undefined;
  /** Undefined when no agent was running. */
  readonly report: AgentReport | undefined;
  readonly sessions: ReadonlyMap<string, SessionState>;
}

/** Looks at the host before a change. */
export async function takeBaseline(config: AgentConfig | undefined): Promise<Baseline> {
  if (config === undefined) return { config, report: undefined, sessions: new Map() };
  const report = await reportNow().catch(() => undefined);
  return { config, report, sessions: await sessionsNow(config.sessions.map(({ protocol }) => protocol)) };
}

/** What was down before a change and is not touched by it: a neighbor's or another program's fault, for which the change must not fail. */
export function excusedBy(baseline: Baseline, config: AgentConfig, changes: readonly Change[]): Expected["excused"] {
  const { config: before, report } = baseline;
  const newPasswords = changes.some(({ path }) => path === PATHS.birdSecrets);
  const sessions = config.sessions.filter((session) => {
    const state = baseline.sessions.get(session.protocol);
    const same = before?.sessions.some((each) => isDeepStrictEqual(each, session)) ?? false;
    return same && state !== undefined && !isEstablished(state) && !(session.password && newPasswords);
  });
  const services = Object.entries(config.services).filter(([name, service]) => {
    const verdict = report?.services[name]?.verdict;
    return service.unit === null && verdict === "down" && isDeepStrictEqual(before?.services[name], service);
  });
  return {
    sessions: new Set(sessions.map(({ protocol }) => protocol)),
    services: new Set(services.map(([name]) => name)),
    checks: new Set(before === undefined ? [] : sharedDown(before, report)),
  };
}

/** The checks of what sites share, as an origin or a zone's signatures, that were down before. */
function sharedDown({ services }: AgentConfig, report: AgentReport | undefined): string[] {
  return Object.entries(report?.services ?? {}).flatMap(([name, { checks }]) =>
    checks.flatMap(({ check, verdict }, index) =>
      verdict === "down" && services[name]?.checks[index]?.scope === "shared" ? [checkKey(name, check)] : [],
    ),
  );
}

/** All that was down. */
export function downIn({ report, sessions }: Baseline): Expected["excused"] {
  const services = Object.entries(report?.services ?? {}).filter(([, { verdict }]) => verdict !== "up");
  const down = [...sessions].filter(([, state]) => !isEstablished(state));
  return {
    sessions: new Set(down.map(([protocol]) => protocol)),
    services: new Set(services.map(([name]) => name)),
    checks: new Set(),
  };
}
