import type { KnownAnnounced } from "../announced/announced.ts";
import type { Decided } from "../decision/decided.ts";
import type { Claim, OwnState } from "../fleet/fleet.ts";

/** Milliseconds after a marker came that BIRD has to have been asked for its answer to say what became of the route. */
const ROUTE_TIMEOUT_MS = 200;

type Routed = Pick<Decided, "routed">;

/** Whether a neighbor may have a prefix: unless BIRD says that none does. A guard goes by this. */
export function mayBeAnnounced({ routed }: Routed, announced: KnownAnnounced): boolean {
  return routed !== undefined && (announced.as !== "withdrawn" || !isConclusive({ routed }, announced));
}

/**
 * What other sites are told of a prefix: that it is announced when a neighbor has it, and that it may be when one could.
 *
 * @param asked what the site asks of the others
 */
export function ownState(
  decided: Pick<Decided, "routed" | "badness" | "dead">,
  announced: KnownAnnounced,
  asked: Claim,
): OwnState {
  const { routed, badness, dead } = decided;
  const announces = routed !== undefined && announced.as !== "withdrawn";
  const drained = announces && (routed.state === "drained" || announced.as !== "full");
  const isCandidate = badness < 4 && canBeAnnounced(decided, announced);
  const claim = dead && (announces || isCandidate) ? "dead" : asked;
  return { announces, drained, claim, badness: announces || isCandidate ? badness : 4 };
}

/** With a session, and a route that is not kept from it. */
function canBeAnnounced(decided: Routed, announced: KnownAnnounced): boolean {
  return announced.session && (decided.routed === undefined || !isConclusive(decided, announced));
}

/** Whether BIRD was asked after the marker had come: then its answer says what became of the route. */
function isConclusive({ routed }: Routed, { askedAt }: KnownAnnounced): boolean {
  return askedAt !== undefined && routed !== undefined && askedAt >= routed.since + ROUTE_TIMEOUT_MS;
}
