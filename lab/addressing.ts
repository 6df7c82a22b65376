import { METROS } from "../model/metros.ts";

/** The ranges that the lab's Internet uses itself; no prefix of a customer may touch them. */
export const LAB_RANGES = [
  "10.99.0.0/16",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "198.18.0.0/15",
  "2001:db8:1000::/36",
  "2001:db8:2000::/36",
  "2001:db8:3000::/36",
  "2001:db8:4000::/36",
  "2001:19f0:ffff::/48",
] as const;

/** Where the lab's three transit networks are; a transit's number is its position, from 1. */
export const TRANSIT_METROS = ["fra", "nyc", "sin"] as const;

const REGION_NUMBERS = new Map([...METROS.keys()].map((code, index) => [code, index]));

/** A region's number, 0 to 255: the metro's position in the append-only list, so that no region renumbers another. */
export function regionNumber(region: string): number {
  const number = REGION_NUMBERS.get(region);
  if (number === undefined || number > 255) throw new Error(`'${region}' is no region of the lab.`);
  return number;
}

/** The private AS number (RFC 6996) of a region's edge. */
export function edgeAsn(region: string): number {
  return 4200000000 + regionNumber(region);
}

/** The private AS number of a transit, from 1. */
export function transitAsn(transit: number): number {
  return 4200100000 + transit;
}

/** The block of one region's hosts or clients, as the edge announces it. */
export interface Block {
  readonly ipv4: string;
  readonly ipv6: string;
}

/** Two ends of a link, with their prefix lengths. */
export interface LinkAddresses {
  readonly ipv4: readonly [string, string];
  readonly ipv6: readonly [string, string];
}

const hex = (value: number): string => value.toString(16).padStart(3, "0");

/** The unicast block of a region's hosts. */
export function hostBlock(region: string): Block {
  const r = regionNumber(region);
  return { ipv4: `100.64.${r}.0/24`, ipv6: `2001:db8:1${hex(r)}::/48` };
}

/** How many hosts a region can have. */
export const HOSTS_PER_REGION = 64;

/** The LAN of a host: the edge's end and the host's. */
export function hostLan(region: string, slot: number): LinkAddresses {
  const r = regionNumber(region);
  const network = `2001:db8:1${hex(r)}:${(slot + 1).toString(16)}::`;
  return {
    ipv4: [`100.64.${r}.${4 * slot + 1}/30`, `100.64.${r}.${4 * slot + 2}/30`],
    ipv6: [`${network}1/64`, `${network}2/64`],
  };
}

/** The private link of a host whose provider speaks BGP with a private address: the edge's end and the host's. */
export function privateLink(region: string, slot: number): readonly [string, string] {
  const network = `10.99.${regionNumber(region)}`;
  return [`${network}.${2 * slot}/31`, `${network}.${2 * slot + 1}/31`];
}

/** The block of a region's clients. */
export function clientBlock(region: string): Block {
  const r = regionNumber(region);
  return { ipv4: `100.65.${r}.0/24`, ipv6: `2001:db8:2${hex(r)}::/48` };
}

/** A region's client network: the edge's end and the client's. */
export function clientLan(region: string): LinkAddresses {
  const r = regionNumber(region);
  const network = `2001:db8:2${hex(r)}::`;
  return {
    ipv4: [`100.65.${r}.1/24`, `100.65.${r}.10/24`],
    ipv6: [`${network}1/64`, `${network}10/64`],
  };
}

/** The link between a transit and a region's edge: the transit's end and the edge's. */
export function customerLink(transit: number, region: string): LinkAddresses {
  const r = regionNumber(region);
  const network = `2001:db8:3${hex(r)}:${transit}::`;
  return {
    ipv4: [`100.66.${r}.${4 * transit + 1}/30`, `100.66.${r}.${4 * transit + 2}/30`],
    ipv6: [`${network}1/64`, `${network}2/64`],
  };
}

/** The link between two transits, the lower number first. */
export function peerLink(a: number, b: number): LinkAddresses {
  const pair = 8 * a + b;
  const network = `2001:db8:4000:${pair}::`;
  return {
    ipv4: [`100.67.${pair}.1/30`, `100.67.${pair}.2/30`],
    ipv6: [`${network}1/64`, `${network}2/64`],
  };
}

/** How many labs one machine can have: as many as there are /22 in 198.18.0.0/16. */
export const MANAGEMENT_NETWORKS = 64;

/** A lab's management network. */
export function managementNetwork(subnet: number): string {
  return `198.18.${4 * subnet}.0/22`;
}

/** The machine's own address in a management network. */
export function managementGateway(subnet: number): string {
  return `198.18.${4 * subnet}.1/22`;
}

/** The address of a host in a management network, by the host's number from 0. */
export function managementAddress(subnet: number, host: number): string {
  const offset = 16 + host;
  if (offset > 1022) throw new Error("The lab is full: it has room for 1007 hosts.");
  return `198.18.${4 * subnet + (offset >> 8)}.${offset & 255}/22`;
}

/**
 * The hardware address of the interface with an IPv4 address: locally administered, and the same in the next life of a host, as
 * neighbors remember it for up to a minute.
 */
export function hardwareAddress(ipv4: string): string {
  const octets = bare(ipv4).split(".");
  return ["02", "00", ...octets.map((octet) => Number(octet).toString(16).padStart(2, "0"))].join(":");
}

/** An address without its prefix length. */
export function bare(address: string): string {
  return address.split("/")[0] ?? "";
}
