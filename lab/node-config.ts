import { bridgeFirewall, edgeFirewall } from "./cloud-firewall.ts";
import { BRIDGE, lanName, portName, type Interface, type Node } from "./topology.ts";
import { edgeConfig, transitConfig } from "./router-config.ts";
import { regionsOf, type HostState, type LabState } from "./state.ts";

/** What makes a node of a network namespace: all that its configuration depends on. */
export interface NodeConfig {
  /** Lines for `ip -batch`, which may be run again at any time. */
  readonly addresses: readonly string[];
  /** The rules that break something, and those of the providers' firewalls, for `nft -f`; empty when there are none. */
  readonly ruleset: string;
  /** BIRD's configuration; undefined for what is no router. */
  readonly bird: string | undefined;
}

/** The configuration of a node. Pure. */
export function nodeConfig(node: Node, state: LabState, bgpPassword: string): NodeConfig {
  return {
    addresses: node.kind === "management" ? bridge(node) : addresses(node),
    ruleset: blackholes(node.blackholes) + firewall(node, state),
    bird: bird(node, state, bgpPassword),
  };
}

/** `ip -batch` lines that give an interface its addresses: at once, without duplicate address detection (RFC 4862), which takes 2 s. */
export function interfaceLines({ name, addresses: own, up }: Interface): string[] {
  if (!up) return [`link set ${name} down`];
  return [
    // The link-local address is among ours: the kernel's own would wait for the detection as well.
    `link set ${name} addrgenmode none`,
    `link set ${name} up`,
    ...own.map((address) => `addr replace ${address} dev ${name}${address.includes(":") ? " nodad" : ""}`),
  ];
}

function addresses(node: Node): string[] {
  return [
    "link set lo up",
    ...node.loopback.map((address) => `addr replace ${address} dev lo`),
    ...node.interfaces.flatMap(interfaceLines),
    ...node.gateways.map((gateway) => `route replace default via ${gateway}`),
  ];
}

function bridge(node: Node): string[] {
  return node.interfaces.flatMap(({ name }) => [`link set ${name} master ${BRIDGE}`, `link set ${name} up`]);
}

function blackholes(interfaces: readonly string[]): string {
  if (interfaces.length === 0) return "";
  const set = `{ ${interfaces.map((name) => `"${name}"`).join(", ")} }`;
  return `table inet lab_faults {
  chain arriving { type filter hook prerouting priority -300; iifname ${set} drop; }
  chain leaving { type filter hook postrouting priority 300; oifname ${set} drop; }
}
`;
}

function firewall({ kind, region }: Node, state: LabState): string {
  const behind = (name: (host: HostState) => string, isMeant: (host: HostState) => boolean) =>
    Object.values(state.hosts).flatMap((host) =>
      host.firewall !== undefined && isMeant(host) ? [{ toHost: name(host), openings: host.firewall }] : [],
    );
  switch (kind) {
    case "edge":
      return edgeFirewall(behind(lanName, (host) => host.region === region));
    case "management":
      return bridgeFirewall(behind(portName, () => true));
    case "transit":
    case "client":
    case "site":
      return "";
  }
}

function bird(node: Node, state: LabState, bgpPassword: string): string | undefined {
  const { kind, name, region = "" } = node;
  switch (kind) {
    case "edge": {
      const hosts = Object.values(state.hosts).filter((host) => host.region === region);
      return edgeConfig(region, hosts, state.subnet, bgpPassword);
    }
    case "transit":
      return transitConfig(Number(name.split("-")[1]), regionsOf(state).toSorted());
    case "client":
    case "site":
    case "management":
      return undefined;
  }
}
