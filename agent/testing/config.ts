import type { AgentCheck, AgentConfig, AgentService } from "../../model/agent-config.ts";

/** A check of one service, every second with a timeout of half a second, fall 2, rise 2. */
export function tcp(port: number, changes: Partial<Extract<AgentCheck, { kind: "tcp" }>> = {}): AgentCheck {
  return {
    kind: "tcp",
    address: "203.0.113.53",
    port,
    every: 1000,
    timeout: 500,
    fall: 2,
    rise: 2,
    scope: "site",
    weight: 1,
    dependsOn: [],
    from: "host",
    ...changes,
  };
}

/** A service of these checks, all of which must be up. */
export function service(checks: AgentCheck[], changes: Partial<AgentService> = {}): AgentService {
  return { unit: null, addresses: [], checks, quorum: "all", ...changes };
}

/** A site with one service, one prefix of each family and a session of each. */
export function siteConfig(changes: Partial<AgentConfig> = {}): AgentConfig {
  return {
    site: "fra",
    interface: "any0",
    state: "active",
    announceWhen: "all",
    floor: 1,
    drain: { residue: 1, patience: 30_000 },
    services: {
      dns: service([tcp(53)], { unit: "knot.service", addresses: ["203.0.113.53", "2001:db8:53::53"] }),
    },
    prefixes: [
      {
        cidr: "203.0.113.0/24",
        family: 4,
        services: ["dns"],
        full: { address: "198.19.0.0/31", protocol: "full4_0" },
        drained: { address: "198.19.0.2/31", protocol: "drained4_0" },
      },
      {
        cidr: "2001:db8:53::/48",
        family: 6,
        services: ["dns"],
        full: { address: "fd00:a::/127", protocol: "full6_0" },
        drained: { address: "fd00:a::2/127", protocol: "drained6_0" },
      },
    ],
    sessions: [
      { protocol: "edge4", family: 4, neighbor: "169.254.169.254", asn: 64515, password: true },
      { protocol: "edge6", family: 6, neighbor: "2001:19f0:ffff::1", asn: 64515, password: true },
    ],
    ...changes,
  };
}
