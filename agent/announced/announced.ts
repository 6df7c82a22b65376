import type { AgentConfig, PrefixState } from "../../model/agent-config.ts";
import { isEstablished } from "../bird/routing.ts";
import type { BirdView, RoutedPrefix } from "../reconcile/view.ts";

/** What the neighbors have of a prefix, by BIRD's own answer. */
export interface Announced {
  /** Whether a session of its family is established: else it cannot be announced. */
  readonly session: boolean;
  /** As what an established session exports it. */
  readonly as: PrefixState;
}

/** {@link Announced}, as far as the agent may rely on it. */
export interface KnownAnnounced extends Announced {
  /** When BIRD was asked, by the agent's clock; undefined when it has not answered lately: then nothing counts as announced. */
  readonly askedAt: number | undefined;
}

/** BIRD has not answered lately. */
export const NOT_KNOWN: KnownAnnounced = { session: false, as: "withdrawn", askedAt: undefined };

/** Where the agent learns what is announced. */
export interface Announcements {
  of(prefix: AgentConfig["prefixes"][number]): KnownAnnounced;
  /** Asks BIRD soon, as what is to be announced has changed. */
  refresh(): void;
}

/** What the neighbors have of a prefix. A route in BIRD's table alone counts for nothing (safety 1). */
export function announcedIn({ sessions }: Pick<BirdView, "sessions">, prefix: RoutedPrefix): Announced {
  const family = prefix.cidr.includes(":") ? 6 : 4;
  const established = sessions.filter((session) => session.family === family && isEstablished(session));
  const via = new Set(established.map(({ sent }) => sent?.get(prefix.cidr)));
  const as = via.has(prefix.full.protocol) ? "full" : via.has(prefix.drained.protocol) ? "drained" : "withdrawn";
  return { session: established.length > 0, as };
}
