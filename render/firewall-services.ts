import type { Family } from "../model/ip.ts";
import type { NetworkConfig, ServiceConfig } from "../model/schema.ts";
import { MATCH, nftSet, ofFamily } from "./nft.ts";
import { FAMILIES, sortedEntries } from "./order.ts";
import { block } from "./text.ts";

/** Echo requests to all service addresses of a family together. */
const ECHO_RATE = "limit rate 10000/second burst 2000 packets";

/** The sets of the services' addresses, one a family. */
export function addressSets(addresses: readonly string[]): string[][] {
  return FAMILIES.map((family) => nftSet(`services${family}`, `ipv${family}_addr`, ofFamily(family, addresses)));
}

/** The sets of address and port that the services take, for each family and transport. */
export function portSets(network: NetworkConfig): string[][] {
  const services = sortedEntries(network.services).map(([, service]) => service);
  return FAMILIES.flatMap((family) =>
    (["udp", "tcp"] as const).map((transport) => {
      const elements = services.flatMap((service) =>
        ofFamily(family, service.addresses).flatMap((address) =>
          ports(service, transport).map((port) => `${address} . ${port}`),
        ),
      );
      return nftSet(`${transport}_ports${family}`, `ipv${family}_addr . inet_service`, elements);
    }),
  );
}

function ports(service: ServiceConfig, transport: "udp" | "tcp"): string[] {
  switch (service.kind) {
    case "dns":
      return ["53"];
    case "external":
      return service.ports
        .filter((port) => port.startsWith(`${transport}/`))
        .map((port) => port.slice(transport.length + 1));
  }
}

/** Rules that keep the services' traffic out of connection tracking. */
export function notrackRules(): string[] {
  return FAMILIES.flatMap((family) => [
    `${MATCH[family]} daddr @services${family} notrack`,
    `${MATCH[family]} saddr @services${family} notrack`,
  ]);
}

/** What a service address takes: its ports and the ICMP that it cannot do without (RFC 4890, RFC 1191). Everything else is dropped. */
export function serviceChain(family: Family): string[] {
  return block(`chain service${family}`, [
    `${MATCH[family]} daddr . udp dport @udp_ports${family} accept`,
    `${MATCH[family]} daddr . tcp dport @tcp_ports${family} accept`,
    ...icmp(family),
    "drop",
  ]);
}

function icmp(family: Family): string[] {
  switch (family) {
    case 4:
      return [
        "icmp type { destination-unreachable, time-exceeded, parameter-problem, echo-reply } accept",
        `icmp type echo-request ${ECHO_RATE} accept`,
      ];
    case 6:
      return [
        "# A later fragment has no port. The first one was judged; without it the others are nothing.",
        "frag frag-off != 0 accept",
        "icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem } accept",
        "icmpv6 type { echo-reply, nd-neighbor-solicit, nd-neighbor-advert } accept",
        `icmpv6 type echo-request ${ECHO_RATE} accept`,
      ];
  }
}
