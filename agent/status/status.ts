import type { PrefixState } from "../../model/agent-config.ts";
import { BirdClient } from "../bird/client.ts";
import { announcedIn, NOT_KNOWN } from "../announced/announced.ts";
import type { SessionState } from "../bird/routing.ts";
import { AgentClient } from "../control/client.ts";
import { messageOf } from "../error.ts";
import { viewBird } from "../reconcile/view.ts";
import type { AgentReport, PrefixReport } from "./report.ts";

/** A prefix as the agent means it, as BIRD routes it, and as neighbors have it; `actual` is null when BIRD cannot be asked. */
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
      prefixes: report.prefixes.map((prefix) => ({ ...prefix, actual: null, announced: null, session: null })),
      sessions: report.sessions.map((session) => ({ ...session, state: null, lastError: null })),
      bird: messageOf(error),
    };
  }
}

/** By the report alone: the configuration's file may be another one by now, or none that can be read. */
async function birdView({
  prefixes,
  routes,
  sessions,
}: AgentReport): Promise<Pick<SiteStatus, "prefixes" | "sessions">> {
  const bird = await BirdClient.connect();
  try {
    await bird.ask("restrict");
    const view = await viewBird(bird, { prefixes: routes, sessions });
    const routed = new Map(routes.map((each) => [each.cidr, each]));
    return {
      prefixes: prefixes.map((prefix) => {
        const route = routed.get(prefix.cidr);
        const { as, session } = route === undefined ? NOT_KNOWN : announcedIn(view, route);
        return { ...prefix, actual: view.routes.get(prefix.cidr) ?? "withdrawn", announced: as, session };
      }),
      sessions: sessions.map((session, index) => ({
        ...session,
        state: view.sessions[index]?.state ?? "missing",
        lastError: view.sessions[index]?.lastError ?? null,
      })),
    };
  } finally {
    bird.close();
  }
}
