import type { Opening } from "./state.ts";

/** A host, as the firewalls in front of it see it. */
interface Protected {
  /** The interface of the lab's side that leads to it. */
  readonly toHost: string;
  readonly openings: readonly Opening[];
}

/**
 * The rules by which an edge drops what the provider's firewall in front of its hosts does not open, for `nft -f`. Like a provider's, it
 * knows connections: what a host asked for comes back. Pure.
 */
export function edgeFirewall(hosts: readonly Protected[]): string {
  if (hosts.length === 0) return "";
  const chains = hosts.map(
    ({ toHost, openings }) => `  chain ${toHost} {
    ct state established,related accept
    icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
${linesOf(openings)}
    drop
  }
`,
  );
  const jumps = hosts.map(({ toHost }) => `    oifname "${toHost}" jump ${toHost}\n`);
  return `table inet lab_cloud {
${chains.join("")}  chain leaving {
    type filter hook postrouting priority 290
${jumps.join("")}  }
}
`;
}

/**
 * The same for the management network's bridge. Where kernels do not track connections over bridges, it remembers by itself which
 * answers a host waits for: of TCP, whatever does not open a connection; of UDP, what comes from where the host asked. Pure.
 */
export function bridgeFirewall(hosts: readonly Protected[]): string {
  if (hosts.length === 0) return "";
  const chains = hosts.map(
    ({ toHost, openings }) => `  chain ${toHost} {
    ether type != ip accept
    tcp flags & (syn | ack) != syn accept
    ip saddr . udp sport . ip daddr . udp dport @asked accept
${linesOf(openings.filter(({ from }) => !from.includes(":")))}
    drop
  }
`,
  );
  const names = `{ ${hosts.map(({ toHost }) => `"${toHost}"`).join(", ")} }`;
  const jumps = hosts.map(({ toHost }) => `    oifname "${toHost}" jump ${toHost}\n`);
  return `table bridge lab_cloud {
  set asked {
    type ipv4_addr . inet_service . ipv4_addr . inet_service
    flags dynamic, timeout
    timeout 30s
  }
${chains.join("")}  chain passing {
    type filter hook forward priority 0
    iifname ${names} ether type ip meta l4proto udp update @asked { ip daddr . udp dport . ip saddr . udp sport }
${jumps.join("")}  }
  chain leaving {
    type filter hook output priority 0
${jumps.join("")}  }
}
`;
}

function linesOf(openings: readonly Opening[]): string {
  return openings.map((each) => `    ${lineOf(each)}`).join("\n");
}

function lineOf({ protocol, port, from }: Opening): string {
  const isIpv6 = from.includes(":");
  const source = `${isIpv6 ? "ip6" : "ip"} saddr ${from}`;
  switch (protocol) {
    case "tcp":
    case "udp":
      return `${source} ${protocol} dport ${port.replace(":", "-")} accept`;
    case "icmp":
      return `${source} meta l4proto ${isIpv6 ? "icmpv6" : "icmp"} accept`;
  }
}
