import type { AgentConfig } from "../../model/agent-config.ts";
import type { FleetView } from "../fleet/fleet.ts";
import type { HeldState } from "../control/protocol.ts";

/** Why everything is held, and as what. */
export interface Held {
  readonly reason: string;
  readonly state: HeldState;
  /** A person holds it, and no apply. */
  readonly byHand?: boolean;
  /** An apply keeps it drained until the configuration does: it goes on announcing. */
  readonly drains?: boolean;
}

/** What is said of a hold and holds for all of them. */
function common(all: readonly Held[]): Pick<Held, "byHand" | "drains"> {
  return { byHand: all.every(({ byHand }) => byHand), drains: all.every(({ drains }) => drains) };
}

/** The transactions that keep everything drained or withdrawn for their time. */
export class Holds {
  private readonly held = new Set<Held>();

  /** What all of them together want: withdrawn if one does. Undefined when there is none. */
  get current(): Held | undefined {
    if (this.held.size === 0) return undefined;
    const all = [...this.held];
    const state = all.some((hold) => hold.state === "withdrawn") ? "withdrawn" : "drained";
    return { state, reason: all.map(({ reason }) => reason).join(", "), ...common(all) };
  }

  /** Why applies hold everything; undefined when none does. */
  get applies(): string | undefined {
    const reasons = [...this.held].filter(({ byHand }) => byHand !== true).map(({ reason }) => reason);
    return reasons.length === 0 ? undefined : reasons.join(", ");
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
  { floor, prefixes }: Floor,
  isAnnounced: (cidr: string) => boolean,
  others: FleetView,
  asking: boolean,
): string | undefined {
  const [first, ...more] = fallingBelow({ floor, prefixes }, isAnnounced, others, asking);
  if (first === undefined) return undefined;
  const named = [first, ...more].map((cidr) => {
    if (others.heard === 0) return `${cidr} (no other site is heard)`;
    return `${cidr} (${others.prefix(cidr).staying(asking).announcing} other sites announce it)`;
  });
  return (
    `withdrawing here would leave fewer than ${floor} sites (the floor) for ${named.join(", ")}: bring another site back first, ` +
    `or permit it once, for each prefix: anycast allow-below-floor ${first} --reason TEXT`
  );
}

type Floor = Pick<AgentConfig, "floor" | "prefixes">;

/** The prefixes that fall below the floor when they are withdrawn here. */
export function fallingBelow(
  { floor, prefixes }: Floor,
  isAnnounced: (cidr: string) => boolean,
  others: FleetView,
  asking: boolean,
): string[] {
  return prefixes
    .map(({ cidr }) => cidr)
    .filter((cidr) => isAnnounced(cidr) && others.prefix(cidr).staying(asking).announcing < floor);
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
  const needed = lastInFull({ prefixes }, isAnnounced, others, asking);
  if (needed.length === 0) return undefined;
  const leaves = `leave no site that announces ${needed.join(", ")} in full`;
  const permit = `or permit it once, for each prefix: anycast allow-below-floor ${needed[0]} --reason TEXT`;
  if (others.heard === 0)
    return `draining here could ${leaves}, as no other site is heard: wait until one is, ${permit}`;
  return `draining here would ${leaves}: bring another site back first, ${permit}`;
}

/** The prefixes that no other site announces in full. */
export function lastInFull(
  { prefixes }: Pick<AgentConfig, "prefixes">,
  isAnnounced: (cidr: string) => boolean,
  others: FleetView,
  asking: boolean,
): string[] {
  return prefixes
    .map(({ cidr }) => cidr)
    .filter((cidr) => isAnnounced(cidr) && others.prefix(cidr).staying(asking).full === 0);
}
