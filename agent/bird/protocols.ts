import { readOnce, succeeded, type BirdClient } from "./client.ts";
import { type SessionState } from "./routing.ts";

/** One of BIRD's protocols, as its list shows it. */
export interface Protocol {
  readonly name: string;
  /** As in `BGP`, `Static`. */
  readonly kind: string;
  /** Of a static protocol, the table of its routes; `---` of others. */
  readonly table: string;
  /** `up`, `down`, `start`, … */
  readonly state: string;
  /** Of a BGP protocol, the state of the session and its last error, as in `Active  Socket: Connection refused`. */
  readonly info: string;
}

/** All protocols by name. */
export async function protocols(bird: BirdClient): Promise<ReadonlyMap<string, Protocol>> {
  return listed(succeeded(await bird.ask("show protocols"), "show protocols"));
}

const listed = readOnce(
  (lines): ReadonlyMap<string, Protocol> =>
    new Map(lines.flatMap((line) => protocol(line) ?? []).map((each) => [each.name, each])),
);

/** Name, kind, table, state, since (one word, or a date and a time), information. */
const LINE = /^(\S+) +(\S+) +(\S+) +(\S+) +(?:\d{4}-\d\d-\d\d \d\d:\d\d:\S+|\S+) *(.*?) *$/;

function protocol(line: string): Protocol | undefined {
  const [, name, kind, table, state, info] = LINE.exec(line) ?? [];
  if (name === undefined || kind === undefined || table === undefined || state === undefined || info === undefined)
    return undefined;
  return { name, kind, table, state, info };
}

/** The session of a BGP protocol; `missing` when BIRD has no such protocol. */
export function sessionOf(shown: Protocol | undefined): SessionState {
  if (shown === undefined) return { state: "missing", lastError: null };
  const [state = "", ...rest] = shown.info.split(/ {2,}/);
  return { state: state === "" ? shown.state : state, lastError: rest.join(" ") || null };
}
