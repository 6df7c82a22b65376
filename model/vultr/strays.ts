import type { VultrLists } from "./lists.ts";
import { offerOf, type VultrOrder } from "./orders.ts";
import { identityOf, VULTR_TYPES, type VultrServerKind } from "./resources.ts";
import { belongingOf } from "./tags.ts";

/** A server with our tags, as the account has it. */
export interface FoundServer {
  readonly kind: VultrServerKind;
  readonly id: string;
  readonly hostname: string;
  readonly plan: string;
  /** Undefined while it has none. */
  readonly mainIp: string | undefined;
  readonly tags: readonly string[];
  readonly firewallGroupId: string | undefined;
}

/** A server with our tags that the stack's state does not have: somebody pays for it, and nobody looks after it. */
export interface Stray extends FoundServer {
  /** The name of its resource, as in `anycast-ams-host`. */
  readonly resource: string;
  /** The site that it was made for. */
  readonly site: string;
  /** By its tag; undefined where it has none, as a server of an older version. */
  readonly identity: string | undefined;
  /** Whether its creation broke off. */
  readonly unfinished: boolean;
}

/** The servers of an account, as one stack sees them. */
export interface Strays {
  readonly strays: readonly Stray[];
  /** How many servers the account has of other stacks, by the names of these. */
  readonly elsewhere: Readonly<Record<string, number>>;
}

/**
 * Finds the servers with our tags that a stack does not have.
 *
 * @param stack as `stackId` names it
 * @param known the ids of the servers in its state
 */
export function findStrays(servers: readonly FoundServer[], stack: string, known: ReadonlySet<string>): Strays {
  const strays: Stray[] = [];
  const elsewhere: Record<string, number> = {};
  for (const server of servers) {
    if (known.has(server.id)) continue;
    const { stack: owner = stack, resource = `anycast-${server.hostname}-host` } = belongingOf(server.tags);
    if (owner !== stack) {
      elsewhere[owner] = (elsewhere[owner] ?? 0) + 1;
      continue;
    }
    const mark = identityOf(server.tags);
    strays.push({
      ...server,
      resource,
      site: server.hostname,
      identity: mark?.identity,
      unfinished: mark?.finished === false,
    });
  }
  return { strays, elsewhere };
}

/** The list price of a server, in US dollars a month; undefined when its plan is no longer listed. */
export function monthlyCost({ kind, plan }: Pick<FoundServer, "kind" | "plan">, lists: VultrLists): number | undefined {
  return offerOf({ provider: providerOf(kind), plan }, lists)?.monthly_cost;
}

/** The provider, as the configuration names it, of a kind of server. */
export function providerOf(kind: VultrServerKind): VultrOrder["provider"] {
  return kind === "instance" ? "vultr" : "vultrBareMetal";
}

/** The type token of a kind of server. */
export function typeOf(kind: VultrServerKind): string {
  return kind === "instance" ? VULTR_TYPES.instance : VULTR_TYPES.bareMetalServer;
}
