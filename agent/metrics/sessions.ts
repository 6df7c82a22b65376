import { isEstablished } from "../bird/routing.ts";
import type { Clock } from "../clock.ts";
import type { BirdView, SessionView } from "../reconcile/view.ts";
import type { AgentReport } from "../status/report.ts";
import { Counter, family, type Labels } from "./text-format.ts";

type Session = AgentReport["sessions"][number];

/** The metrics of the BGP sessions. A session that BIRD cannot be asked about, or does not have, is 0 and not missing. */
export class SessionMetrics {
  private readonly clock: Clock;
  /** When each established session was first seen so, by protocol; milliseconds of the clock. */
  private readonly since = new Map<string, number>();
  private readonly downs = new Counter(
    "anycast_bgp_session_downs_total",
    "How often the BGP session was seen to go down since the agent started.",
  );

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Takes in what BIRD has; to be called with each of its answers. */
  see({ sessions }: BirdView): void {
    for (const session of sessions) {
      const { protocol } = session;
      this.downs.add(labelsOf(session), 0);
      if (isEstablished(session)) {
        if (!this.since.has(protocol)) this.since.set(protocol, this.clock.now());
      } else if (this.since.delete(protocol)) this.downs.add(labelsOf(session));
    }
  }

  /** @param bird what BIRD had last; undefined while it cannot be asked */
  render(configured: readonly Session[], bird: BirdView | undefined): string {
    const seen = new Map(bird?.sessions.map((session) => [session.protocol, session]));
    const samples = (value: (session: SessionView | undefined) => number): [Labels, number][] =>
      configured.map((session) => [labelsOf(session), value(seen.get(session.protocol))]);
    return [
      family(
        "anycast_bgp_session_up",
        "gauge",
        "Whether the BGP session is established; 0 too while BIRD does not answer.",
        samples((session) => Number(isUp(session))),
      ),
      family(
        "anycast_bgp_session_established_seconds",
        "gauge",
        "How long the BGP session has been established, as far as the agent saw it; 0 while it is not.",
        samples((session) =>
          isUp(session) ? (this.clock.now() - (this.since.get(session.protocol) ?? this.clock.now())) / 1000 : 0,
        ),
      ),
      family(
        "anycast_bgp_session_exported_prefixes",
        "gauge",
        "How many prefixes the BGP session exports to its neighbor.",
        samples((session) => session?.sent?.size ?? 0),
      ),
      this.downs.render(),
    ].join("");
  }
}

function isUp(session: SessionView | undefined): session is SessionView {
  return session !== undefined && isEstablished(session);
}

function labelsOf({ protocol, neighbor, asn }: Pick<Session, "protocol" | "neighbor" | "asn">): Labels {
  return { protocol, neighbor, asn: String(asn) };
}
