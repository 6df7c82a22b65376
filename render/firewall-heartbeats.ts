import { unicastAddresses, type HostFacts } from "../model/host.ts";
import { familyOf } from "../model/ip.ts";
import { HEARTBEAT_PORT, HEARTBEAT_TABLE, WORD_BITS, WORD_SET } from "../model/paths.ts";
import { MATCH } from "./nft.ts";
import { block } from "./text.ts";

/**
 * What one peer sends at most, many times over: 20 messages a second, of which the longest are a few, to each address. A set that is there keeps the limit that
 * it was made with.
 */
const PEER_RATE = "limit rate 500/second burst 100 packets";

/**
 * What all strangers together may cost: the agent checks a signature for each. Peers are among them until the agent has told their words, and
 * while their agents are of a release without any: 8 of them send 32 messages a second. So few come at once that the agent's sockets have room for them.
 */
const STRANGER_RATE = "limit rate 200/second burst 50 packets";

/** Eight peers, two keys, three periods; and as many again while they change. */
const MOST_WORDS = 1024;

/**
 * The table of the heartbeats; empty without an address. They come to the host's own addresses. What carries the word of a peer is let
 * through before any limit that others share, so that a flood costs the kernel and not the agent; a word that is overheard costs its own peer alone.
 *
 * It stays when the file is loaded again: only its rules are replaced, and the words that the agent put into its set stay in force.
 */
export function heartbeatTable(host: HostFacts): string[][] {
  const addresses = unicastAddresses(host);
  if (addresses.length === 0) return [];
  const table = `table ${HEARTBEAT_TABLE}`;
  const word = `@th,${WORD_BITS.offset},${WORD_BITS.length}`;
  const jumps = addresses.map(
    (address) => `${MATCH[familyOf(address)]} daddr ${address} udp dport ${HEARTBEAT_PORT} goto heartbeats`,
  );
  return [
    ["# This one stays, with the words of peers that the agent has put into its set.", `${table} {}`, `flush ${table}`],
    block(table, [
      ...block(`set ${WORD_SET}`, [`typeof ${word}`, `size ${MOST_WORDS}`, "flags timeout", PEER_RATE]),
      "",
      ...block("chain heartbeats", [`${word} @${WORD_SET} accept`, `${STRANGER_RATE} accept`, "drop"]),
      "",
      ...block("chain input", ["type filter hook input priority filter; policy accept;", ...jumps]),
    ]),
  ];
}
