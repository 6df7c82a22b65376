import {
  TRANSIT_METROS,
  bare,
  clientLan,
  hardwareAddress,
  hostLan,
  managementAddress,
  managementGateway,
  privateLink,
  type LinkAddresses,
} from "./addressing.ts";
import { speakersOf } from "./host-session.ts";
import { TRANSITS, edgeSessions, transitSessions, type RouterSession } from "./router-sessions.ts";
import { regionsOf, type HostState, type LabState } from "./state.ts";

/** What a node is: its network namespace is all that `management` and (seen from outside) `site` are. */
export type NodeKind = "management" | "transit" | "edge" | "client" | "site";

/** A network interface inside a node. */
export interface Interface {
  /** At most 15 characters (IFNAMSIZ). */
  readonly name: string;
  /** Addresses with prefix length, both families; none for a port of the management bridge. */
  readonly addresses: readonly string[];
  /** False while `link-down` is on. */
  readonly up: boolean;
}

/** One node of the lab's Internet. */
export interface Node {
  /** `site-<site>`, `edge-<region>`, `client-<region>`, `transit-<n>` or `mgmt`. */
  readonly name: string;
  readonly kind: NodeKind;
  /** Where it is; a management network is nowhere. */
  readonly region: string | undefined;
  readonly interfaces: readonly Interface[];
  /** Addresses on `lo`, with prefix length. */
  readonly loopback: readonly string[];
  /** Default routes: the gateways, one a family. */
  readonly gateways: readonly string[];
  /** Interfaces through which nothing comes and goes, without a word, while `blackhole` is on. */
  readonly blackholes: readonly string[];
}

/** One end of a link. `node` is undefined for the machine's own namespace. */
export interface LinkEnd {
  readonly node: string | undefined;
  readonly interface: string;
  /** Undefined: any. */
  readonly hardwareAddress?: string;
}

/** A virtual cable. */
export type Link = readonly [LinkEnd, LinkEnd];

/** The lab's Internet: what there is to be, and nothing else. */
export interface Topology {
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
}

/** The interface of an edge to a host. */
export function lanName(host: HostState): string {
  return `lan${host.slot}`;
}

/** The port of the management network's bridge to a host. */
export function portName({ number }: HostState): string {
  return `host${number}`;
}

/** Whether a host has no power, and so no end of any cable. */
export function isOff(host: HostState): boolean {
  return host.faults.includes("host-off");
}

/** The addresses of one end of a link, with the link-local one that neighbor discovery needs (RFC 4861). */
function endOf(addresses: LinkAddresses, end: 0 | 1): string[] {
  return [addresses.ipv4[end], addresses.ipv6[end], `fe80::${end + 1}/64`];
}

function interfaceOf(session: RouterSession): Interface {
  return { name: session.peer, addresses: endOf(session.link, session.end), up: true };
}

const NOTHING = { loopback: [], gateways: [], blackholes: [] } as const;

function edge(region: string, hosts: readonly HostState[]): Node {
  // A speaker on the host's own network is the edge's end of the LAN.
  const speakers = hosts.flatMap(speakersOf).filter(({ multihop }) => multihop !== undefined);
  const loopback = speakers.map(({ family, address }) => `${address}/${family === 4 ? 32 : 128}`);
  const lans = hosts
    .filter((host) => !isOff(host))
    .map((host) => ({
      name: lanName(host),
      addresses: endOf(hostLan(region, host.slot), 0),
      up: !host.faults.includes("link-down"),
    }));
  const clients = { name: "client0", addresses: endOf(clientLan(region), 0), up: true };
  return {
    ...NOTHING,
    name: `edge-${region}`,
    kind: "edge",
    region,
    interfaces: [...edgeSessions(region).map(interfaceOf), clients, ...lans],
    loopback: [...new Set(loopback)],
    blackholes: hosts.filter(({ faults }) => faults.includes("blackhole")).map(lanName),
  };
}

function client(region: string): Node {
  const lan = clientLan(region);
  return {
    ...NOTHING,
    name: `client-${region}`,
    kind: "client",
    region,
    interfaces: [{ name: "eth0", addresses: endOf(lan, 1), up: true }],
    gateways: [bare(lan.ipv4[0]), bare(lan.ipv6[0])],
  };
}

function transit(number: number, regions: readonly string[]): Node {
  return {
    ...NOTHING,
    name: `transit-${number}`,
    kind: "transit",
    region: TRANSIT_METROS[number - 1],
    interfaces: transitSessions(number, regions).map(interfaceOf),
  };
}

function site(host: HostState, subnet: number): Node {
  const lan = hostLan(host.region, host.slot);
  return {
    ...NOTHING,
    name: `site-${host.site}`,
    kind: "site",
    region: host.region,
    interfaces: [
      { name: "eth0", addresses: [...endOf(lan, 1), ...privateAddresses(host)], up: true },
      { name: "mgmt0", addresses: [managementAddress(subnet, host.number)], up: true },
    ],
    gateways: [bare(lan.ipv4[0]), bare(lan.ipv6[0])],
  };
}

function privateAddresses(host: HostState): string[] {
  return host.bgpSource === "private" ? [privateLink(host.region, host.slot)[1]] : [];
}

/** The bridge of the management network, and its port to the machine itself. */
export const BRIDGE = "br0";
const MACHINE_PORT = "machine";

function management(hosts: readonly HostState[]): Node {
  const ports = [MACHINE_PORT, ...hosts.map(portName)];
  return {
    ...NOTHING,
    name: "mgmt",
    kind: "management",
    region: undefined,
    interfaces: ports.map((name) => ({ name, addresses: [], up: true })),
  };
}

function hostEnd(host: HostState, name: string, ipv4: string): LinkEnd {
  return { node: `site-${host.site}`, interface: name, hardwareAddress: hardwareAddress(ipv4) };
}

/** The management network's interface in the machine's own namespace. */
export function machineInterface(state: LabState, name: string): Interface {
  return { name, addresses: [managementGateway(state.subnet)], up: true };
}

/**
 * The lab's Internet, as its state wants it. Pure.
 *
 * @param machine name of the lab's interface in the machine's own namespace
 */
export function topology(state: LabState, machine: string): Topology {
  const regions = regionsOf(state).toSorted();
  const hosts = Object.values(state.hosts).toSorted((a, b) => a.number - b.number);
  const powered = hosts.filter((host) => !isOff(host));
  if (regions.length === 0) return { nodes: [], links: [] };
  const nodes = [
    management(powered),
    ...TRANSITS.map(({ number }) => transit(number, regions)),
    ...regions.map((region) =>
      edge(
        region,
        hosts.filter((host) => host.region === region),
      ),
    ),
    ...regions.map(client),
    ...powered.map((host) => site(host, state.subnet)),
  ];
  // A link is listed once, by its first end.
  const routerLinks = TRANSITS.flatMap(({ number }) =>
    transitSessions(number, regions)
      .filter(({ end }) => end === 0)
      .map(({ peer }): Link => [
        { node: `transit-${number}`, interface: peer },
        { node: peer, interface: `transit-${number}` },
      ]),
  );
  const clientLinks = regions.map((region): Link => [
    { node: `edge-${region}`, interface: "client0" },
    { node: `client-${region}`, interface: "eth0" },
  ]);
  const hostLinks = powered.flatMap((host): Link[] => [
    [
      { node: `edge-${host.region}`, interface: lanName(host) },
      hostEnd(host, "eth0", hostLan(host.region, host.slot).ipv4[1]),
    ],
    [{ node: "mgmt", interface: portName(host) }, hostEnd(host, "mgmt0", managementAddress(state.subnet, host.number))],
  ]);
  const machineLink: Link = [
    { node: "mgmt", interface: MACHINE_PORT },
    { node: undefined, interface: machine },
  ];
  return { nodes, links: [machineLink, ...routerLinks, ...clientLinks, ...hostLinks] };
}
