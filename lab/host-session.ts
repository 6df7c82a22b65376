import { familyOf, type Family } from "../model/ip.ts";
import { PROFILES } from "../model/profiles.ts";
import { bare, hostLan, managementAddress, privateLink } from "./addressing.ts";
import type { HostState, Speaker } from "./state.ts";

/** The local preference of what customers announce: above that of peers and providers. */
export const CUSTOMER_PREFERENCE = 200;

/** How many prefixes a customer may send, registered or not, before the session is restarted. */
const RECEIVE_LIMIT = 50;

/** A session of an edge with a host. */
export interface HostSession extends Speaker {
  /** The name of its BIRD protocol. */
  readonly protocol: string;
  /** The host's address. */
  readonly source: string;
  /** Which of the edge's speakers of this family it is, from 0. */
  readonly ordinal: number;
}

/**
 * The sessions of an edge with a host: one for each speaker of the host's profile, or of its own list.
 *
 * @param subnet the number of the lab's management network
 */
export function hostSessions(host: HostState, subnet: number): HostSession[] {
  const sources = { 4: sourceOf(host, subnet), 6: bare(hostLan(host.region, host.slot).ipv6[1]) };
  const speakers = speakersOf(host);
  return speakers.map((speaker, index) => {
    const earlier = speakers.slice(0, index).filter(({ family }) => family === speaker.family).length;
    const suffix = earlier === 0 ? "" : `_${earlier + 1}`;
    return {
      ...speaker,
      ordinal: earlier,
      protocol: `host_${host.slot}_v${speaker.family}${suffix}`,
      source: sources[speaker.family],
    };
  });
}

/** The BGP speakers that an edge has for a host. */
export function speakersOf(host: HostState): readonly Speaker[] {
  if (host.speakers !== undefined) return host.speakers;
  const { neighbors, multihop, authentication } = PROFILES[host.profile];
  return neighbors.map((neighbor) => ({ ...neighbor, multihop, password: authentication === "md5" }));
}

/** The IPv4 address that a host speaks BGP with. */
export function sourceOf(host: HostState, subnet: number): string {
  switch (host.bgpSource ?? "lan") {
    case "management":
      return bare(managementAddress(subnet, host.number));
    case "private":
      return bare(privateLink(host.region, host.slot)[1]);
    case "lan":
      return bare(hostLan(host.region, host.slot).ipv4[1]);
  }
}

/** The routes by which an edge reaches the hosts that speak BGP with an address outside of their LAN. */
export function hostRoutes(hosts: readonly HostState[], subnet: number): string {
  const outside = hosts.filter(({ bgpSource = "lan" }) => bgpSource !== "lan");
  if (outside.length === 0) return "";
  const routes = outside.map((host) => {
    const via = bare(hostLan(host.region, host.slot).ipv4[1]);
    return `  route ${sourceOf(host, subnet)}/32 via ${via};`;
  });
  return `protocol static hosts_v4 {
  ipv4;
${routes.join("\n")}
}
`;
}

/**
 * The BIRD protocols by which an edge speaks to a host, exactly as the host's profile says. Of what the host announces it takes the
 * customer's registered prefixes with the customer's origin, nothing else.
 *
 * @param password the account's BGP password
 */
export function hostProtocols(host: HostState, subnet: number, password: string): string {
  const { timers } = PROFILES[host.profile];
  return hostSessions(host, subnet)
    .map((session) => {
      const registered = host.prefixes.filter((cidr) => familyOf(bare(cidr)) === session.family);
      return `
protocol bgp ${session.protocol} {
  description "site-${host.site}";
  local ${session.address} as ${session.asn};
  neighbor ${session.source}${otherPort(session)} as ${host.asn};
  ${session.multihop === undefined ? "direct" : `multihop ${session.multihop}`};
${session.ttlSecurity === true ? "  ttl security on;\n" : ""}${session.password ? `  password "${password}";\n` : ""}  hold time ${timers.hold}; keepalive time ${timers.keepalive};
  connect delay time 1; connect retry time 1;
  error wait time 1, 2; error forget time 10;
  enforce first as on;
${isCut(host, session.family) ? "  disabled;\n" : ""}${session.ordinal === 0 ? "" : "  passive;\n"}${channel(session.family, host.asn, registered)}}
`;
    })
    .join("");
}

/** Whether the router keeps its sessions of a family with the host down; all else between them works. */
function isCut({ faults }: HostState, family: Family): boolean {
  return faults.includes("bgp-down") || faults.includes(`bgp${family}-down`);
}

/**
 * BIRD has one protocol at a time for a neighbor's address and port, and here one BIRD stands for a provider's two routers: the second one
 * waits for the host to connect, and so has no use for the port.
 */
function otherPort({ ordinal }: HostSession): string {
  return ordinal === 0 ? "" : ` port ${1179 + ordinal}`;
}

function channel(family: Family, asn: number, registered: readonly string[]): string {
  return `  ipv${family} {
    receive limit ${RECEIVE_LIMIT} action restart;
    import limit ${Math.max(1, registered.length)} action restart;
    import filter {
${
  registered.length === 0
    ? ""
    : `      if net ~ [ ${registered.join(", ")} ] && bgp_path.last = ${asn} then {
        bgp_med = 0;
        bgp_local_pref = ${CUSTOMER_PREFERENCE};
        # GRACEFUL_SHUTDOWN (RFC 8326)
        if (65535, 0) ~ bgp_community then bgp_local_pref = 0;
        accept;
      }
`
}      reject;
    };
    export none;
  };
`;
}
