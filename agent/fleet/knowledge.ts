import type { AgentConfig } from "../../model/agent-config.ts";
import { groupsOf, readBeat, writeBeats } from "./beat.ts";
import { MOST_HOPS, NEWS, prefixId, siteId, type Statement } from "./entry.ts";
import { NOTHING_KNOWN, type OwnState, type PrefixView } from "./fleet.ts";
import { KnownPrefix } from "./known.ts";
import type { Believed, Neighbor } from "./neighborhood.ts";

interface OwnStatement extends OwnState {
  readonly withdrewAt: number;
}

/** What this site says of each prefix, what it knows of what others said, and how both are put into heartbeats. */
export class Knowledge {
  private readonly boot: number;
  private self = 0;
  /** Rises with all that is said. */
  private stamp = 0;
  /** By {@link prefixId}. */
  private known = new Map<number, KnownPrefix>();
  private ids = new Map<string, number>();
  private own: ReadonlyMap<string, OwnStatement> = new Map();
  /** By {@link siteId}; undefined when nobody told which sites there are. */
  private sites: ReadonlySet<number> | undefined;

  /** @param boot random number of this process */
  constructor(boot: number) {
    this.boot = boot;
  }

  /**
   * Goes on with another configuration. Of prefixes that stay nothing is forgotten.
   *
   * @param sites the names of all sites of the network: what is told of others counts for nothing. Default: every site counts
   */
  reconfigure(
    { site, floor, prefixes }: Pick<AgentConfig, "site" | "floor" | "prefixes">,
    sites?: readonly string[],
  ): void {
    this.sites = sites && new Set(sites.map(siteId));
    this.self = siteId(site);
    this.ids = new Map(prefixes.map(({ cidr }) => [cidr, prefixId(cidr)]));
    this.known = new Map(
      [...this.ids.values()].map((id) => {
        const known = this.known.get(id) ?? new KnownPrefix(this.self, floor);
        known.setFloor(floor);
        return [id, known];
      }),
    );
  }

  prefix(cidr: string, now: number): PrefixView {
    return this.known.get(this.ids.get(cidr) ?? -1)?.view(now) ?? NOTHING_KNOWN;
  }

  /** Says how each prefix is here from now on; returns whether that is news. */
  say(own: ReadonlyMap<string, OwnState>, now: number): boolean {
    const isNews = own.size !== this.own.size || [...own].some(([cidr, state]) => !isSame(state, this.own.get(cidr)));
    if (!isNews) return false;
    this.own = new Map(
      [...own].map(([cidr, state]) => {
        const before = this.own.get(cidr);
        const withdrewAt = state.announces
          ? -Infinity
          : before === undefined || before.announces
            ? now
            : before.withdrewAt;
        return [cidr, { ...state, withdrewAt }];
      }),
    );
    return true;
  }

  /** The bodies of a heartbeat. */
  bodies(now: number): Buffer[] {
    const stamp = ++this.stamp;
    const told = [...this.ids].map(([cidr, id]) => {
      const own = this.own.get(cidr);
      const others = this.known.get(id)?.tell(now) ?? [];
      return [id, own === undefined ? others : [this.statement(own, stamp, now), ...others]] as const;
    });
    return writeBeats(groupsOf(told));
  }

  /** Takes in a peer's heartbeat. Returns whether it should be told on without waiting, and whether the view has changed. */
  learn(from: Neighbor, message: Believed, now: number): { readonly worthTelling: boolean; readonly changed: boolean } {
    let worthTelling = false;
    let changed = false;
    for (const { prefixes, statements } of readBeat(message.body)) {
      const news = statements
        .filter(({ site }) => this.sites?.has(site) ?? true)
        .map((statement) => asHeard(statement, from.id, message));
      for (const id of prefixes) {
        const known = this.known.get(id);
        if (known === undefined) continue;
        for (const statement of news) known.learn(statement, now);
        worthTelling = known.takeWorthTelling() || worthTelling;
        changed = known.hasChanged(now) || changed;
      }
    }
    return { worthTelling, changed };
  }

  /** Notices what is too old to count. Returns whether the view has changed. */
  sweep(now: number): boolean {
    let changed = false;
    for (const known of this.known.values()) {
      known.sweep(now);
      changed = known.hasChanged(now) || changed;
    }
    return changed;
  }

  private statement({ withdrewAt, ...own }: OwnStatement, stamp: number, now: number): Statement {
    return { ...own, site: this.self, boot: this.boot, stamp, age: 0, hops: 0, withdrew: now - withdrewAt < NEWS };
  }
}

/** What a peer says is old by the way here; and what it passes on was passed on once more. Of itself only its process of now can speak. */
function asHeard(statement: Statement, from: number, { boot, delay }: Believed): Statement {
  const isOwn = statement.site === from;
  const isForeign = isOwn && (statement.boot !== boot || statement.hops !== 0);
  const hops = isForeign ? MOST_HOPS + 1 : isOwn ? 0 : statement.hops + 1;
  return { ...statement, age: statement.age + delay, hops };
}

function isSame(a: OwnState, b: OwnState | undefined): boolean {
  return a.announces === b?.announces && a.badness === b.badness && a.drained === b.drained && a.claim === b.claim;
}
