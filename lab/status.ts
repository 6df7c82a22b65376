import type { Family } from "../model/ip.ts";
import { bare, edgeAsn, hostLan, managementAddress, transitAsn } from "./addressing.ts";
import { managementInterface, type Lab } from "./folder.ts";
import { hostSessions, sourceOf } from "./host-session.ts";
import { inspect } from "./namespaces.ts";
import { entering } from "./node-process.ts";
import { tryRun } from "./process.ts";
import { readState, type Fault, type LabState } from "./state.ts";
import { isOff, topology, type NodeKind } from "./topology.ts";

/** A host of the lab. */
export interface SiteStatus {
  readonly site: string;
  readonly region: string;
  /** `off`: by the fault `host-off`; `stopped`: by itself, or because the machine was restarted. */
  readonly state: "running" | "off" | "stopped";
  /** Where SSH reaches it from this machine. */
  readonly address: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly faults: readonly Fault[];
}

/** A BGP session with a host, as the provider's router sees it. */
export interface SessionStatus {
  readonly site: string;
  /** The router. */
  readonly node: string;
  /** What it speaks BGP with. */
  readonly router: { readonly address: string; readonly asn: number };
  readonly family: Family;
  /** The host's address. */
  readonly neighbor: string;
  /** BIRD's name for the state, as in `Established`, `Active`, `Idle`; `Down` when the router does not answer. */
  readonly state: string;
  /** The last error that BIRD tells of, or null. */
  readonly lastError: string | null;
  /** How many prefixes were received and accepted. */
  readonly prefixes: number;
}

/** A node of the lab. */
export interface NodeStatus {
  readonly node: string;
  readonly kind: NodeKind;
  readonly region: string | null;
  /** Of a router: its AS number. */
  readonly asn: number | null;
  readonly running: boolean;
}

/** What `status --json` prints. */
export interface LabStatus {
  readonly sites: readonly SiteStatus[];
  readonly sessions: readonly SessionStatus[];
  readonly nodes: readonly NodeStatus[];
}

/** How a lab is; all empty when there is none. */
export async function labStatus(lab: Lab): Promise<LabStatus> {
  const state = await readState(lab);
  if (state === undefined) return { sites: [], sessions: [], nodes: [] };
  const running = inspect(lab);
  const isRunning = (node: string): boolean => running.get(node)?.init !== undefined;
  const { nodes } = topology(state, managementInterface(lab));
  const hosts = Object.values(state.hosts).toSorted((a, b) => a.site.localeCompare(b.site));
  const sites = hosts.map((host): SiteStatus => {
    const { ipv6 } = hostLan(host.region, host.slot);
    return {
      site: host.site,
      region: host.region,
      state: isOff(host) ? "off" : isRunning(`site-${host.site}`) ? "running" : "stopped",
      address: bare(managementAddress(state.subnet, host.number)),
      ipv4: sourceOf(host, state.subnet),
      ipv6: bare(ipv6[1]),
      faults: host.faults,
    };
  });
  const edges = [...new Set(hosts.map(({ region }) => region))];
  const sessions = edges.map((region) => sessionsOf(state, region, running.get(`edge-${region}`)?.init));
  return {
    sites,
    sessions: (await Promise.all(sessions)).flat(),
    nodes: nodes
      .filter(({ kind }) => kind !== "management")
      .map(({ name, kind, region }) => ({
        node: name,
        kind,
        region: region ?? null,
        asn: asnOf(kind, name, region),
        running: isRunning(name),
      })),
  };
}

function asnOf(kind: NodeKind, name: string, region: string | undefined): number | null {
  if (kind === "edge" && region !== undefined) return edgeAsn(region);
  return kind === "transit" ? transitAsn(Number(name.split("-")[1])) : null;
}

async function sessionsOf(state: LabState, region: string, init: number | undefined): Promise<SessionStatus[]> {
  const hosts = Object.values(state.hosts).filter((host) => host.region === region);
  const argv = ["birdc", "-r", "show", "protocols", "all", '"host_*"'];
  const output = init === undefined ? "" : (await tryRun("nsenter", entering(init, argv))).stdout;
  const protocols = parseProtocols(output);
  return hosts.flatMap((host) =>
    hostSessions(host, state.subnet).map(({ family, source, protocol, address, asn }): SessionStatus => ({
      site: host.site,
      node: `edge-${region}`,
      router: { address, asn },
      family,
      neighbor: source,
      ...(protocols.get(protocol) ?? { state: "Down", lastError: null, prefixes: 0 }),
    })),
  );
}

/** What `birdc show protocols all` says of BGP protocols, by their names. */
export function parseProtocols(output: string): Map<string, Pick<SessionStatus, "state" | "lastError" | "prefixes">> {
  // A protocol begins at the margin, its details are indented.
  const blocks = output.split(/^(?=\S+ +BGP )/m).filter((block) => /^\S+ +BGP /.test(block));
  return new Map(
    blocks.map((block) => [
      /^\S+/.exec(block)?.[0] ?? "",
      {
        state: /^ +BGP state: +(\S+)/m.exec(block)?.[1] ?? "Down",
        lastError: /^ +Last error: +(.+)$/m.exec(block)?.[1]?.trim() ?? null,
        prefixes: Number(/^ +Routes: +(\d+) imported/m.exec(block)?.[1] ?? 0),
      },
    ]),
  );
}
