import type { AgentConfig } from "../../model/agent-config.ts";
import { AgentError } from "../error.ts";
import type { FleetView } from "../fleet/fleet.ts";

/** The transactions that keep everything withdrawn for their time. */
export class Holds {
  private readonly held = new Set<{ readonly reason: string }>();

  /** Why everything is held; undefined when nothing is. */
  get reason(): string | undefined {
    return this.held.size === 0 ? undefined : [...this.held].map(({ reason }) => reason).join(", ");
  }

  /** Returns what ends the hold, and says whether it had not ended before. */
  add(reason: string): () => boolean {
    const hold = { reason };
    this.held.add(hold);
    return () => this.held.delete(hold);
  }
}

/**
 * Refuses to withdraw what too few other sites announce (safety 1, 10). While no other site is heard, nothing can be said of them.
 *
 * @param others undefined while none is heard
 * @throws AgentError that names the prefixes
 */
export function mustBearHold(
  { floor, prefixes }: Pick<AgentConfig, "floor" | "prefixes">,
  isAnnounced: (cidr: string) => boolean,
  others: FleetView | undefined,
): void {
  if (others === undefined) return;
  const needed = prefixes.flatMap(({ cidr }) => {
    const { announcing } = others.prefix(cidr);
    return isAnnounced(cidr) && announcing < floor ? [`${cidr} (${announcing} other sites announce it)`] : [];
  });
  if (needed.length === 0) return;
  throw new AgentError(
    `withdrawing here would leave fewer than ${floor} sites (the floor) for ${needed.join(", ")}: bring another site back first`,
  );
}
