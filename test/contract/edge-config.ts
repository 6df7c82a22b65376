import type { HostFacts } from "../../model/host.ts";

/**
 * The `bird.conf` of a provider's edge router. It takes whatever the host announces, so that a test sees what leaks, sends a default
 * route, as some providers do, and retries every second.
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
  ipv${neighbor.family} { import all; export where source = RTS_STATIC; };
}`,
  );
  return `router id 192.0.2.1;
protocol device {}
protocol static default4 { ipv4; route 0.0.0.0/0 unreachable; }
protocol static default6 { ipv6; route ::/0 unreachable; }
${sessions.join("\n")}\n`;
}
