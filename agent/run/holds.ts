import type { AgentConfig } from "../../model/agent-config.ts";
import type { FleetView } from "../fleet/fleet.ts";
import type { HeldState } from "../control/protocol.ts";

/** Why everything is held, and as what. */
export interface Held {
  readonly reason: string;
  readonly state: HeldState;
}

/** The transactions that keep everything drained or withdrawn for their time. */
export class Holds {
  private readonly held = new Set<Held>();

  /** What all of them together want: withdrawn if one does. Undefined when there is none. */
  get current(): Held | undefined {
    if (this.held.size === 0) return undefined;
    const all = [...this.held];
    const state = all.some((hold) => hold.state === "withdrawn") ? "withdrawn" : "drained";
    return { state, reason: all.map(({ reason }) => reason).join(", ") };
  }

  /** Returns what ends the hold, and says whether it had not ended before. */
  add(hold: Held): () => boolean {
    const own = { ...hold };
    this.held.add(own);
    return () => this.held.delete(own);
  }
}

/**
 * What speaks against withdrawing everything: prefixes that too few other sites announce (safety 1, 10).
 *
 * @param asking whether those that ask to leave count
 */
export function tooFewOthers(
  { floor, prefixes }: Pick<AgentConfig, "floor" | "prefixes">,
  isAnnounced: (cidr: string) => boolean,
  others: FleetView,
  asking: boolean,
): string | undefined {
  const needed = prefixes.flatMap(({ cidr }) => {
    const { announcing } = others.prefix(cidr).staying(asking);
    return isAnnounced(cidr) && announcing < floor ? [`${cidr} (${announcing} other sites announce it)`] : [];
  });
  if (needed.length === 0) return undefined;
  return `withdrawing here would leave fewer than ${floor} sites (the floor) for ${needed.join(", ")}: bring another site back first`;
}

/**
 * What speaks against draining: prefixes that no other site announces in full, so that the traffic would have nowhere to go.
 *
 * @param asking whether those that ask to leave count
 */
export function noneInFull(
  { prefixes }: Pick<AgentConfig, "prefixes">,
  isAnnounced: (cidr: string) => boolean,
  others: FleetView,
  asking: boolean,
): string | undefined {
  const needed = prefixes.flatMap(({ cidr }) =>
    isAnnounced(cidr) && others.prefix(cidr).staying(asking).full === 0 ? [cidr] : [],
  );
  if (needed.length === 0) return undefined;
  return `draining here would leave no site that announces ${needed.join(", ")} in full: bring another site back first`;
}
