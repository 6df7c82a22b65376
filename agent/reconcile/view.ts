import type { AgentConfig, PrefixState } from "../../model/agent-config.ts";
import { readOnce, succeeded, type BirdClient } from "../bird/client.ts";
import { protocols, sessionOf, type Protocol } from "../bird/protocols.ts";
import { isEstablished, type SessionState } from "../bird/routing.ts";

/** What BIRD is to route and to send: the part of the configuration that it is compared with. */
export type Routed = Pick<AgentConfig, "prefixes" | "sessions">;

/** What BIRD is asked about: prefixes, and the sessions that are to export them. */
export interface Asked {
  readonly prefixes: readonly RoutedPrefix[];
  readonly sessions: AgentConfig["sessions"];
}

/** A prefix, and the static protocols that BIRD has of it. */
export interface RoutedPrefix {
  readonly cidr: string;
  readonly full: { readonly protocol: string };
  readonly drained: { readonly protocol: string };
}

/** A BGP session, and what it sends. */
export interface SessionView extends SessionState {
  readonly protocol: string;
  readonly family: 4 | 6;
  readonly neighbor: string;
  readonly asn: number;
  /** Prefix → the static protocol whose route is sent; null while the session is not established. */
  readonly sent: ReadonlyMap<string, string> | null;
}

/** What BIRD has of ours at a moment. */
export interface BirdView {
  /** Prefix → what BIRD's table has of it. */
  readonly routes: ReadonlyMap<string, PrefixState>;
  /** Static protocols of the configuration that BIRD does not have, or that are down there. */
  readonly missing: readonly string[];
  readonly sessions: readonly SessionView[];
}

/**
 * Asks BIRD for all of it: one list of protocols, one of routes for each table, one for each established session.
 *
 * @throws AgentError when BIRD refuses, is silent or gone
 */
export async function viewBird(bird: BirdClient, { prefixes, sessions }: Asked): Promise<BirdView> {
  const known = await protocols(bird);
  const ours = prefixes.flatMap(({ full, drained }) => [full.protocol, drained.protocol]);
  const statics = ours.flatMap((name) => known.get(name) ?? []);
  const routes = new Set<string>();
  for (const table of new Set(statics.map((each) => each.table)))
    for (const { cidr, protocol } of await staticRoutes(bird, table)) routes.add(`${cidr} ${protocol}`);
  const seen: SessionView[] = [];
  for (const { protocol, family, neighbor, asn } of sessions) {
    const state = sessionOf(known.get(protocol));
    const sent = isEstablished(state) ? await sentBy(bird, protocol) : null;
    seen.push({ protocol, family, neighbor, asn, ...state, sent });
  }
  return {
    routes: new Map(prefixes.map((prefix) => [prefix.cidr, stateIn(routes, prefix)])),
    missing: ours.filter((name) => !isUp(known.get(name))),
    sessions: seen,
  };
}

function isUp(protocol: Protocol | undefined): boolean {
  return protocol?.state === "up";
}

function stateIn(routes: ReadonlySet<string>, { cidr, full, drained }: RoutedPrefix): PrefixState {
  if (routes.has(`${cidr} ${full.protocol}`)) return "full";
  return routes.has(`${cidr} ${drained.protocol}`) ? "drained" : "withdrawn";
}

/** A route as BIRD lists it: its prefix and the protocol that it comes from. */
interface ListedRoute {
  readonly cidr: string;
  readonly protocol: string;
}

async function staticRoutes(bird: BirdClient, table: string): Promise<readonly ListedRoute[]> {
  const command = `show route table ${table} where source = RTS_STATIC`;
  return listed(succeeded(await bird.ask(command), command));
}

async function sentBy(bird: BirdClient, protocol: string): Promise<ReadonlyMap<string, string>> {
  const command = `show route export ${protocol}`;
  return best(succeeded(await bird.ask(command), command));
}

const listed = readOnce(listedRoutes);

/** BIRD lists a prefix's best route first; that one is sent. */
const best = readOnce((lines): ReadonlyMap<string, string> => {
  const sent = new Map<string, string>();
  for (const { cidr, protocol } of listedRoutes(lines)) if (!sent.has(cidr)) sent.set(cidr, protocol);
  return sent;
});

/** As in `203.0.113.0/24  unicast [announce_v4_1_full 17:50:55.337] * (200)`; further routes of a prefix leave it out. */
function listedRoutes(lines: readonly string[]): ListedRoute[] {
  let cidr = "";
  return lines.flatMap((line) => {
    const [, net, protocol] = /^([\da-fA-F.:]+\/\d+)?\s+\w+ \[(\S+) /.exec(line) ?? [];
    if (net !== undefined) cidr = net;
    return protocol === undefined ? [] : [{ cidr, protocol }];
  });
}
