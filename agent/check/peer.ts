import type { AgentCheck } from "../../model/agent-checks.ts";
import type { PeerCheck } from "../../model/agent-checks.ts";
import { isPeerCheck } from "../../model/peer-checks.ts";
import { Silence, type Check, type ProbeResult } from "./check.ts";

/** Milliseconds that a peer's answer may be on its way beyond the check's timeout, which the peer has for the probe. */
export const PEER_PATIENCE = 500;

/** Has other sites make the probe number `turn`; undefined when none tells what it found. */
export type AskPeers = (check: PeerCheck, turn: number, signal: AbortSignal) => Promise<ProbeResult | undefined>;

/** A check that was made for this host, made by other sites instead. While none answers, it says nothing. */
export function peerCheck(check: AgentCheck, { label }: Check, ask: AskPeers): Check {
  let turn = 0;
  return {
    label: `${label} from another site`,
    mayBeSilent: true,
    async probe(signal) {
      const result = isPeerCheck(check) ? await ask(check, turn++, signal) : undefined;
      if (result === undefined) throw new Silence("no other site answers");
      if (!result.ok) throw new Error(result.cause);
    },
  };
}

/** A check's timing; one that two peers are asked for one after the other takes as long as both may need. */
export function timingOf<Timed extends Pick<AgentCheck, "from" | "timeout">>(check: Timed): Timed {
  return check.from === "host" ? check : { ...check, timeout: 2 * (check.timeout + PEER_PATIENCE) + PEER_PATIENCE };
}
