import { familyOf, type Family } from "../model/ip.ts";
import { PROFILES } from "../model/profiles.ts";
import { bare, hostLan } from "./addressing.ts";
import type { HostState } from "./state.ts";

/** The local preference of what customers announce: above that of peers and providers. */
export const CUSTOMER_PREFERENCE = 200;

/** The name of the BIRD protocol by which an edge speaks to a host. */
export function hostProtocol(slot: number, family: Family): string {
  return `host_${slot}_v${family}`;
}

/** How many prefixes a customer may send, registered or not, before the session is restarted. */
const RECEIVE_LIMIT = 50;

/**
 * The BIRD protocols by which an edge speaks to a host, exactly as the host's profile says, one a neighbor of the profile. Of what the
 * host announces it takes the customer's registered prefixes with the customer's origin, nothing else.
 *
 * @param password the account's BGP password
 */
export function hostProtocols(host: HostState, password: string): string {
  const { neighbors, multihop, authentication, timers } = PROFILES[host.profile];
  const lan = hostLan(host.region, host.slot);
  return neighbors
    .map(({ family, address, asn }) => {
      const registered = host.prefixes.filter((cidr) => familyOf(bare(cidr)) === family);
      const source = bare(family === 4 ? lan.ipv4[1] : lan.ipv6[1]);
      return `
protocol bgp ${hostProtocol(host.slot, family)} {
  description "site-${host.site}";
  local ${address} as ${asn};
  neighbor ${source} as ${host.asn};
  ${multihop === undefined ? "direct" : `multihop ${multihop}`};
${authentication === "md5" ? `  password "${password}";\n` : ""}  hold time ${timers.hold}; keepalive time ${timers.keepalive};
  connect delay time 1; connect retry time 1;
  error wait time 1, 2; error forget time 10;
  enforce first as on;
  ipv${family} {
    receive limit ${RECEIVE_LIMIT} action restart;
    import limit ${Math.max(1, registered.length)} action restart;
    import filter {
${
  registered.length === 0
    ? ""
    : `      if net ~ [ ${registered.join(", ")} ] && bgp_path.last = ${host.asn} then {
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
}
`;
    })
    .join("");
}
