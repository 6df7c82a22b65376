import { counterName } from "../model/counters.ts";
import type { HostFacts } from "../model/host.ts";
import { familyOf } from "../model/ip.ts";
import type { HostConfig, NetworkConfig } from "../model/schema.ts";
import { heartbeatTable } from "./firewall-heartbeats.ts";
import { bgpChain, managementSets, metricsChain, sshChain } from "./firewall-host.ts";
import { addressSets, notrackRules, portSets, serviceChain } from "./firewall-services.ts";
import { MATCH } from "./nft.ts";
import { FAMILIES, serviceAddresses } from "./order.ts";
import { block, header, paragraphs } from "./text.ts";

const TABLE = "table inet anycast";

/**
 * The nftables file: tables of our own, changed in one transaction, beside whatever else the host has.
 * They judge what comes to the services' addresses, to BGP, to SSH and as heartbeats, and leave everything else to the host's own firewall.
 *
 * @param connection how SSH reaches the host
 */
export function renderFirewall(network: NetworkConfig, site: string, host: HostFacts, connection: HostConfig): string {
  const addresses = serviceAddresses(network);
  const ssh = sshChain(host, host.sshPort ?? (connection.provider === "existing" ? connection.port : 22));
  const metrics = metricsChain(network, host);
  return paragraphs(
    [
      header(site),
      "#",
      "# This table alone is replaced, in one transaction. What another table of the host drops stays",
      "# dropped: such a table must let the services' ports through without connection tracking, as",
      "# their packets are 'untracked' and never 'established'.",
    ],
    [`${TABLE} {}`, `delete ${TABLE}`],
    block(
      TABLE,
      separated([
        ...addressSets(addresses),
        ...portSets(network),
        ...managementSets(host),
        addresses.map((address) => `counter ${counterName(address)} {}`),
        [
          "# No state for the services' traffic in either direction: no flood fills the connection table.",
          ...block("chain prerouting", ["type filter hook prerouting priority raw; policy accept;", ...notrackRules()]),
        ],
        block("chain output", ["type filter hook output priority raw; policy accept;", ...notrackRules()]),
        ...FAMILIES.map(serviceChain),
        bgpChain(network, host),
        ssh.chain,
        metrics.chain,
        block("chain input", [
          "type filter hook input priority filter; policy accept;",
          "# The agent's own checks.",
          'iifname "lo" accept',
          "# Who still comes to which address, taken or not: what a drain waits for.",
          ...addresses.map(
            (address) => `${MATCH[familyOf(address)]} daddr ${address} counter name ${counterName(address)}`,
          ),
          ...FAMILIES.map((family) => `${MATCH[family]} daddr @services${family} goto service${family}`),
          "tcp dport 179 goto bgp",
          ...ssh.jump,
          ...metrics.jump,
        ]),
      ]),
    ),
    ...heartbeatTable(host),
  );
}

function separated(groups: readonly (readonly string[])[]): string[] {
  return groups.filter((group) => group.length > 0).flatMap((group, index) => (index === 0 ? group : ["", ...group]));
}
