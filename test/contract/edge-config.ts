import type { HostFacts } from "../../model/host.ts";

/**
 * The `bird.conf` of a provider's edge router that takes whatever the host announces, so that a test sees what leaks. It retries every second.
 *
 * @param passwords by the neighbor's address
 */
export function edgeConfig(host: HostFacts, asn: number, passwords: Readonly<Record<string, string>>): string {
  const sessions = host.neighbors.map(
    (neighbor) => `
protocol bgp site_v${neighbor.family} {
  local ${neighbor.address} as ${neighbor.asn};
  neighbor ${neighbor.source} as ${asn};
  multihop 2;
  password "${passwords[neighbor.address]}";
  hold time 9;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 1;
  error forget time 1;
  ipv${neighbor.family} { import all; export none; };
}`,
  );
  return `router id 192.0.2.1;\nprotocol device {}\n${sessions.join("\n")}\n`;
}
