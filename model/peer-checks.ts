// Apart from the schema, whose library would cost the running agent 6 MiB.

/** The kinds of checks that other sites' agents can make. */
export const PEER_KINDS = ["dns", "http", "https", "tcp", "udp", "icmp"] as const;

/** A kind of check that other sites' agents can make. */
export type PeerKind = (typeof PEER_KINDS)[number];

/** Whether other sites' agents can make a check. */
export function isPeerCheck<Check extends { kind: string }>(check: Check): check is Extract<Check, { kind: PeerKind }> {
  return PEER_KINDS.some((kind) => kind === check.kind);
}
