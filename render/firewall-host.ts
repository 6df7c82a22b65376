import type { HostFacts } from "../model/host.ts";
import type { Family } from "../model/ip.ts";
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
