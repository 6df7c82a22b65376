import { unicastAddresses, type HostFacts } from "../model/host.ts";
import { familyOf, type Family } from "../model/ip.ts";
import { HEARTBEAT_PORT } from "../model/paths.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { MATCH, nftSet, ofFamily } from "./nft.ts";
import { FAMILIES } from "./order.ts";
import { sessions } from "./sessions.ts";
import { block } from "./text.ts";

/** BGP comes from the neighbors to the sources of their sessions, without a limit on its rate (safety 15); from nowhere else. */
export function bgpChain(network: NetworkConfig, host: HostFacts): string[] {
  return block("chain bgp", [
    ...sessions(network, host).map(({ neighbor }) => {
      const match = MATCH[neighbor.family];
      return `${match} saddr ${neighbor.address} ${match} daddr ${neighbor.source} accept`;
    }),
    "drop",
  ]);
}

/** What a peer sends at most, many times over: eight peers of 20 messages a second, of which the longest are a few. */
const PEER_RATE = "limit rate 500/second burst 500 packets";

/** What all others together may cost: the agent checks a signature for each. */
const STRANGER_RATE = "limit rate 1000/second burst 1000 packets";

/** The sets in which the kernel counts what comes from each sender of heartbeats. A flood from more senders than fit does not crowd out those that are in. */
export function heartbeatSets(host: HostFacts): string[][] {
  return heartbeatFamilies(host).map((family) =>
    nftSet(`heartbeats${family}`, `ipv${family}_addr`, [], "flags dynamic,timeout", "size 4096", "timeout 10s"),
  );
}

/** Heartbeats come to the host's own addresses, at a bounded rate: what drops them never drops BGP or the services (safety 15). */
export function heartbeatChain(host: HostFacts): { chain: string[]; jump: string[] } {
  const jump = unicastAddresses(host).map((address) => {
    return `${MATCH[familyOf(address)]} daddr ${address} udp dport ${HEARTBEAT_PORT} goto heartbeats`;
  });
  const accepted = heartbeatFamilies(host).map(
    (family) => `update @heartbeats${family} { ${MATCH[family]} saddr ${PEER_RATE} } accept`,
  );
  return jump.length === 0
    ? { chain: [], jump }
    : { chain: block("chain heartbeats", [...accepted, `${STRANGER_RATE} accept`, "drop"]), jump };
}

function heartbeatFamilies(host: HostFacts): Family[] {
  return FAMILIES.filter((family) => ofFamily(family, unicastAddresses(host)).length > 0);
}

/** The sets of where SSH may come from; none when it may come from everywhere. */
export function managementSets(host: HostFacts): string[][] {
  if (host.managementFrom.length === 0) return [];
  return FAMILIES.map((family) =>
    nftSet(
      `management${family}`,
      `ipv${family}_addr`,
      ofFamily(family, host.managementFrom),
      "flags interval",
      "auto-merge",
    ),
  );
}

/** The chain for the agent's metrics, which come from where SSH does and from nowhere else, and the rule that leads to it; both empty without metrics. */
export function metricsChain(
  { management }: NetworkConfig,
  { managementFrom }: HostFacts,
): { chain: string[]; jump: string[] } {
  if (management.metrics === undefined) return { chain: [], jump: [] };
  const accepted = managementFrom.length === 0 ? [] : FAMILIES.map(fromManagement);
  return {
    chain: block("chain metrics", [...accepted, "drop"]),
    jump: [`tcp dport ${management.metrics.port} goto metrics`],
  };
}

/** The chain for SSH and the rule that leads to it; both empty when SSH may come from everywhere. */
export function sshChain(host: HostFacts, port: number): { chain: string[]; jump: string[] } {
  if (host.managementFrom.length === 0) return { chain: [], jump: [] };
  const accepted = FAMILIES.map(fromManagement);
  return { chain: block("chain ssh", [...accepted, "drop"]), jump: [`tcp dport ${port} goto ssh`] };
}

function fromManagement(family: Family): string {
  return `${MATCH[family]} saddr @management${family} accept`;
}
