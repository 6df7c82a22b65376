import type { PrefixState } from "../../model/agent-config.ts";
import { BirdClient } from "../bird/client.ts";
import { routesOf, sessionState, type SessionState } from "../bird/routing.ts";
import { AgentClient } from "../control/client.ts";
import { messageOf } from "../error.ts";
import type { AgentReport, PrefixReport, PrefixRoutes } from "./report.ts";

/** A prefix as the agent means it and as BIRD routes it; `actual` is null when BIRD cannot be asked. */
export type PrefixStatus = PrefixReport & { readonly actual: PrefixState | null };

/** A session, and its state as BIRD tells it; null when BIRD cannot be asked. */
export type SessionStatus = AgentReport["sessions"][number] & {
  readonly state: SessionState["state"] | null;
  readonly lastError: SessionState["lastError"];
};

/** What `anycast-agent status --json` prints: what the agent means, beside what BIRD does. */
export interface SiteStatus extends AgentReport {
  readonly prefixes: readonly PrefixStatus[];
  readonly sessions: SessionStatus[];
  /** Why BIRD could not be asked, or null. */
  readonly bird: string | null;
}

/**
 * Asks the running agent and BIRD.
 *
 * @throws AgentError when the agent is not running
 */
export async function siteStatus(): Promise<SiteStatus> {
  const agent = await AgentClient.connect();
  const report = await agent.status().finally(() => agent.close());
  try {
    return { ...report, ...(await birdView(report)), bird: null };
  } catch (error) {
    return {
      ...report,
      prefixes: report.prefixes.map((prefix) => ({ ...prefix, actual: null })),
      sessions: report.sessions.map((session) => ({ ...session, state: null, lastError: null })),
      bird: messageOf(error),
    };
  }
}

/** By the report alone: the configuration's file may be another one by now, or none that can be read. */
async function birdView(report: AgentReport): Promise<Pick<SiteStatus, "prefixes" | "sessions">> {
  const bird = await BirdClient.connect();
  try {
    await bird.ask("restrict");
    const seen = await actualStates(bird, report.routes);
    const sessions: SessionStatus[] = [];
    for (const session of report.sessions)
      sessions.push({ ...session, ...(await sessionState(bird, session.protocol)) });
    return {
      prefixes: report.prefixes.map((prefix) => ({ ...prefix, actual: seen.get(prefix.cidr) ?? "withdrawn" })),
      sessions,
    };
  } finally {
    bird.close();
  }
}

/** What each prefix is in BIRD's tables, by prefix. */
export async function actualStates(
  bird: BirdClient,
  prefixes: readonly PrefixRoutes[],
): Promise<Map<string, PrefixState>> {
  const states = new Map<string, PrefixState>();
  for (const { cidr, full, drained } of prefixes) {
    const isFull = (await routesOf(bird, full.protocol)).includes(cidr);
    const isDrained = (await routesOf(bird, drained.protocol)).includes(cidr);
    states.set(cidr, isFull ? "full" : isDrained ? "drained" : "withdrawn");
  }
  return states;
}
