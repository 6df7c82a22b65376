import type { Family, Prefix } from "../model/ip.ts";
import { markedPrefixes, type MarkedPrefix } from "../model/markers.ts";
import type { NetworkConfig, ServiceConfig } from "../model/schema.ts";

/** Both families, in the order in which everything is rendered. */
export const FAMILIES: readonly Family[] = [4, 6];

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The entries of a record in the order of their keys: what somebody reorders in a stack file changes nothing on a host. */
export function sortedEntries<T>(record: Readonly<Record<string, T>>): [key: string, value: T][] {
  return Object.entries(record).toSorted(([a], [b]) => byText(a, b));
}

/** The announced prefixes of a family, in the order of their text. */
export function prefixesOf(network: NetworkConfig, family: Family): Prefix[] {
  return network.prefixes.filter((prefix) => prefix.family === family).toSorted((a, b) => byText(a.cidr, b.cidr));
}

/** The announced prefixes of a family with their markers, in the same order. */
export function markersIn(network: NetworkConfig, family: Family): MarkedPrefix[] {
  return markedPrefixes(prefixesOf(network, family).map(({ cidr }) => cidr));
}

/** The families that have an announced prefix. */
export function announcedFamilies(network: NetworkConfig): Family[] {
  return FAMILIES.filter((family) => prefixesOf(network, family).length > 0);
}

/** A service of kind `dns`. */
export type DnsService = Extract<ServiceConfig, { kind: "dns" }>;

/** The DNS services by name, in order; all are served by the one Knot DNS of a host. */
export function dnsServices(network: NetworkConfig): [name: string, service: DnsService][] {
  return sortedEntries(network.services).flatMap(([name, service]) =>
    service.kind === "dns" ? [[name, service]] : [],
  );
}

/** The addresses of all services, IPv4 before IPv6. */
export function serviceAddresses(network: NetworkConfig): string[] {
  const addresses = sortedEntries(network.services).flatMap(([, service]) => service.addresses);
  return [
    ...addresses.filter((address) => !address.includes(":")),
    ...addresses.filter((address) => address.includes(":")),
  ];
}
