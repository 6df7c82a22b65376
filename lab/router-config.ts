import type { Family } from "../model/ip.ts";
import { bare, clientBlock, edgeAsn, hostBlock, regionNumber, transitAsn } from "./addressing.ts";
import { CUSTOMER_PREFERENCE, hostProtocols, hostRoutes } from "./host-session.ts";
import type { HostState } from "./state.ts";
import { edgeSessions, transitSessions, type RouterSession } from "./router-sessions.ts";

const FAMILIES = [4, 6] as const;

/** Local preferences, in the order of Gao and Rexford: customers pay, peers are free, providers cost. */
const PREFERENCE = { customer: CUSTOMER_PREFERENCE, peer: 100, provider: 50 } as const;

/** How many routes a router takes from another: far more than the lab ever has. */
const ROUTER_LIMIT = 5000;

/** BIRD 2.0.12: what both kinds of router start with. `learn_route` sums the way up in the MED, which is compared between all neighbors. */
function preamble(routerId: string): string {
  return `log stderr all;
router id ${routerId};
protocol device { scan time 10; }

function learn_route(int preference_of_relation; int km)
{
  case net.type {
    NET_IP4: if net.len > 24 then return false;
    NET_IP6: if net.len > 48 then return false;
  }
  bgp_local_pref = preference_of_relation;
  if defined(bgp_med) then bgp_med = bgp_med + km; else bgp_med = km;
  return true;
}

${FAMILIES.map(
  (family) => `protocol kernel kernel_v${family} {
  ipv${family} { import none; export where source != RTS_DEVICE; };
}`,
).join("\n")}

template bgp lab_router {
  med metric on;
  hold time 9; keepalive time 3;
  connect delay time 1; connect retry time 1;
  error wait time 1, 2; error forget time 10;
}
`;
}

function routerProtocols(
  session: RouterSession,
  ownAsn: number,
  peerAsn: number,
  exportFilter: (family: Family) => string,
): string {
  const { relation, peer, km, link, end } = session;
  return FAMILIES.map((family) => {
    const addresses = family === 4 ? link.ipv4 : link.ipv6;
    return `protocol bgp ${protocolName(relation, peer, family)} from lab_router {
  description "${peer}";
  local ${bare(addresses[end])} as ${ownAsn};
  neighbor ${bare(addresses[1 - end] ?? "")} as ${peerAsn};
  direct;
  ipv${family} {
    import filter { if learn_route(${PREFERENCE[relation]}, ${km}) then accept; reject; };
    import limit ${ROUTER_LIMIT} action restart;
    export filter ${exportFilter(family)};
  };
}
`;
  }).join("");
}

function protocolName(relation: string, peer: string, family: Family): string {
  return `${relation}_${peer.replace("-", "_")}_v${family}`;
}

/**
 * The BIRD configuration of a transit: customers get all routes, peers and (it has none) providers get those of customers.
 *
 * @param number from 1
 * @param regions all regions of the lab
 */
export function transitConfig(number: number, regions: readonly string[]): string {
  const sessions = transitSessions(number, regions);
  const asn = transitAsn(number);
  return [
    preamble(`100.68.1.${number}`),
    `# BIRD drops a MED that another network set; setting it anew keeps the sum.
filter to_customer
{
  bgp_med = bgp_med;
  accept;
}

filter to_peer
{
  if proto !~ "customer_*" then reject;
  bgp_med = bgp_med;
  accept;
}

`,
    ...sessions.map((session) => {
      const [kind = "", name = ""] = session.peer.split("-");
      const peerAsn = kind === "edge" ? edgeAsn(name) : transitAsn(Number(name));
      return routerProtocols(session, asn, peerAsn, () => `to_${session.relation}`);
    }),
  ].join("");
}

/**
 * The BIRD configuration of a region's edge: to its transits it is a network with customers, to each host it is the provider
 * that the host's profile describes.
 *
 * @param hosts the hosts of the region
 * @param subnet the number of the lab's management network
 * @param password the account's BGP password
 */
export function edgeConfig(region: string, hosts: readonly HostState[], subnet: number, password: string): string {
  const asn = edgeAsn(region);
  const [hostNetwork, clientNetwork] = [hostBlock(region), clientBlock(region)];
  const blocks = { 4: [hostNetwork.ipv4, clientNetwork.ipv4], 6: [hostNetwork.ipv6, clientNetwork.ipv6] };
  return [
    preamble(`100.68.0.${regionNumber(region)}`),
    `protocol direct connected {
  ipv4; ipv6;
  check link yes;
  interface "lan*", "client0";
}
`,
    ...FAMILIES.map(
      (family) => `protocol static blocks_v${family} {
  ipv${family};
${blocks[family].map((block) => `  route ${block} unreachable;`).join("\n")}
}
`,
    ),
    ...FAMILIES.map(
      (family) => `
# Our own blocks and what customers announce (communities of Vultr's AS20473 customer guide), never what we learnt elsewhere.
filter to_provider_v${family}
{
  if source ~ [ RTS_STATIC, RTS_DEVICE ] && net ~ [ ${blocks[family].join(", ")} ] then {
    bgp_med = 0;
    accept;
  }
  if proto !~ "host_*" || dest = RTD_UNREACHABLE then reject;
  if (20473, 6001) ~ bgp_community then { ${prepend(asn, 1)} }
  if (20473, 6002) ~ bgp_community then { ${prepend(asn, 2)} }
  if (20473, 6003) ~ bgp_community then { ${prepend(asn, 3)} }
  bgp_community.delete([ (20473, *), (65535, *) ]);
  bgp_med = 0;
  accept;
}
`,
    ),
    "\n",
    ...edgeSessions(region).map((session) => {
      const transit = Number(session.peer.split("-")[1]);
      return routerProtocols(session, asn, transitAsn(transit), (family) => `to_provider_v${family}`);
    }),
    hostRoutes(hosts, subnet),
    ...hosts.map((host) => hostProtocols(host, subnet, password)),
  ].join("");
}

function prepend(asn: number, times: number): string {
  return `bgp_path.prepend(${asn}); `.repeat(times).trim();
}
