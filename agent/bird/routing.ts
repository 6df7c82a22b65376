import { succeeded, type BirdClient } from "./client.ts";

/** A BGP session as BIRD sees it. */
export interface SessionState {
  /** As in `Established`, `Active`, `Connect`; `missing` when BIRD has no such protocol. */
  readonly state: string;
  /** BIRD's words for the last error, or null. */
  readonly lastError: string | null;
}

/** Whether a session is up. */
export function isEstablished({ state }: SessionState): boolean {
  return state === "Established";
}

/** The state of a BGP protocol. */
export async function sessionState(bird: BirdClient, protocol: string): Promise<SessionState> {
  const command = `show protocols all "${protocol}"`;
  const reply = await bird.ask(command);
  if (reply.code === NO_PROTOCOL) return { state: "missing", lastError: null };
  const text = succeeded(reply, command).lines.join("\n");
  const shown = (name: string): string | undefined => new RegExp(`^ *${name}: +(.*?) *$`, "m").exec(text)?.[1];
  return { state: shown("BGP state") ?? "down", lastError: shown("Last error") ?? null };
}

/** The names of BIRD's BGP protocols. */
export async function bgpProtocols(bird: BirdClient): Promise<string[]> {
  const lines = succeeded(await bird.ask("show protocols"), "show protocols").lines;
  return lines.flatMap((line) => /^(\w+) +BGP /.exec(line)?.[1] ?? []);
}

/** The prefixes that an established BGP protocol sends to its neighbor. BIRD 2.0.12 refuses to tell while there is no session. */
export async function exported(bird: BirdClient, protocol: string): Promise<string[]> {
  const command = `show route export ${protocol}`;
  return routes(succeeded(await bird.ask(command), command).lines);
}

/** The prefixes of which a static protocol has a route. */
export async function routesOf(bird: BirdClient, protocol: string): Promise<string[]> {
  const command = `show route protocol ${protocol}`;
  return routes(succeeded(await bird.ask(command), command).lines);
}

/** BIRD 2.0.12: 'No protocols match'. */
const NO_PROTOCOL = 8003;

/** A route's first line starts with its prefix, as in `203.0.113.0/24  unicast [full4 17:50:55.337] * (200)`. */
function routes(lines: readonly string[]): string[] {
  return lines.flatMap((line) => /^([\da-fA-F.:]+\/\d+)\s/.exec(line)?.[1] ?? []);
}
