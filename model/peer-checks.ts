import type { AgentCheck } from "./agent-checks.ts";

// Apart from the schema, whose library would cost the running agent 6 MiB.

/** The kinds of checks that other sites' agents can make. */
export const PEER_KINDS = ["dns", "http", "https", "tcp", "udp", "icmp"] as const;

/** A check that other sites' agents can make. */
export type PeerCheck = Extract<AgentCheck, { kind: (typeof PEER_KINDS)[number] }>;

/** Whether other sites' agents can make a check. */
export function isPeerCheck(check: AgentCheck): check is PeerCheck {
  return PEER_KINDS.some((kind) => kind === check.kind);
}
