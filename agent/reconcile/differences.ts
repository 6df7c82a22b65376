import type { AgentConfig, PrefixState } from "../../model/agent-config.ts";
import { isEstablished } from "../bird/routing.ts";
import type { BirdView, Routed, SessionView } from "./view.ts";

/** What is meant: the configuration's routes, and what each prefix should be; `unknown`: whatever it is. */
export interface Meant extends Routed {
  readonly states: ReadonlyMap<string, PrefixState | "unknown">;
}

/** One thing that is not as it is meant. */
export interface Difference {
  /** Names it, the same each time, as in `203.0.113.0/24 at edge4`. */
  readonly about: string;
  /** What is wrong and, where somebody can do something, what. */
  readonly problem: string;
  /** The prefix that BIRD does not have as it is meant, if that is it. */
  readonly prefix?: string;
}

/** All that differs between what is meant and what BIRD has. */
export function differences(meant: Meant, view: BirdView): Difference[] {
  return [
    ...view.missing.map((protocol) => ({
      about: `protocol ${protocol}`,
      problem: "BIRD has no such static protocol, or it is down: compare bird.conf with 'anycast-agent bird'",
    })),
    ...meant.prefixes.flatMap(({ cidr }) => inBird(cidr, meant, view)),
    ...view.sessions.flatMap((session) => atSession(session, meant, view)),
  ];
}

function inBird(cidr: string, { states }: Meant, { routes }: BirdView): Difference[] {
  const wanted = states.get(cidr) ?? "unknown";
  const actual = routes.get(cidr) ?? "withdrawn";
  if (wanted === "unknown" || wanted === actual) return [];
  return [{ about: `${cidr} in BIRD`, problem: `it is ${actual} and should be ${wanted}`, prefix: cidr }];
}

function atSession(session: SessionView, meant: Meant, view: BirdView): Difference[] {
  const { protocol, neighbor, sent, state, lastError } = session;
  if (!isEstablished(session) || sent === null) {
    const error = lastError === null ? "" : `: ${lastError}`;
    return [{ about: `session ${protocol}`, problem: `the session to ${neighbor} is ${state}${error}` }];
  }
  const ours = meant.prefixes.filter(({ family }) => family === session.family);
  const known = new Set(ours.map(({ cidr }) => cidr));
  const strangers = [...sent.keys()].filter((cidr) => !known.has(cidr));
  const leak = `the neighbor ${neighbor} is sent ${some(strangers)}, not ours to announce: look at the export filter`;
  return [
    ...ours.flatMap((prefix) => {
      // What BIRD's table lacks is told of BIRD; here it is what becomes of what it has.
      const routed = view.routes.get(prefix.cidr) ?? "withdrawn";
      const told = sentAs(prefix, sent);
      if (told === routed) return [];
      const problem = `the neighbor ${neighbor} is sent ${told} and BIRD has ${routed}: look at the export filter`;
      return [{ about: `${prefix.cidr} at ${protocol}`, problem }];
    }),
    ...(strangers.length === 0 ? [] : [{ about: `export at ${protocol}`, problem: leak }]),
  ];
}

/** As what a prefix is sent; by another protocol than its own two, that one's name. */
function sentAs({ cidr, full, drained }: AgentConfig["prefixes"][number], sent: ReadonlyMap<string, string>): string {
  const via = sent.get(cidr);
  switch (via) {
    case undefined:
      return "withdrawn";
    case full.protocol:
      return "full";
    case drained.protocol:
      return "drained";
    default:
      return `the route of ${via}`;
  }
}

/** The first few of what may be very many. */
function some(cidrs: readonly string[]): string {
  const first = cidrs.slice(0, 3).join(", ");
  return cidrs.length > 3 ? `${first} and ${cidrs.length - 3} more` : first;
}
