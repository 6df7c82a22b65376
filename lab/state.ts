import { readFile, rename, writeFile } from "node:fs/promises";
import type { Family } from "../model/ip.ts";
import type { ProfileName } from "../model/profiles.ts";
import { labPaths, type Lab } from "./folder.ts";
import { UsageError } from "./usage-error.ts";

/** What can be broken at a site. */
export const FAULTS = [
  "service-crash",
  "service-hang",
  "bird-kill",
  "agent-kill",
  "link-down",
  "blackhole",
  "host-off",
  "bgp-down",
  "bgp4-down",
  "bgp6-down",
] as const;

/** The name of a fault. */
export type Fault = (typeof FAULTS)[number];

/** Whose BGP an edge speaks: a profile with neighbors of its own. */
export type LabProfile = Exclude<ProfileName, "custom">;

/** A host as it was asked for. */
export interface HostSpec {
  readonly site: string;
  /** The metro, as in `model/metros.ts`. */
  readonly region: string;
  readonly profile: LabProfile;
  /** The customer's ASN, the only origin that the edge accepts. */
  readonly asn: number;
  /** The customer's registered prefixes, all that the edge accepts. */
  readonly prefixes: readonly string[];
  /** The site that it answers as, when that is not its own name: a replacement beside the host that it replaces. */
  readonly answersAs?: string;
  /** The address that the customer knows it by and that BGP is spoken with. Default `lan`: the one on the edge's LAN. */
  readonly bgpSource?: BgpSource;
  /** The edge's BGP speakers, where they are not the profile's: of a provider with a site's own list of neighbors. */
  readonly speakers?: readonly Speaker[];
  /** What the provider's firewall in front of it opens. Default: everything, as there is none. */
  readonly firewall?: readonly Opening[];
}

/** Something that a provider's firewall lets through. */
export interface Opening {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** As in `53` or `8000:8010`; empty for ICMP. */
  readonly port: string;
  /** In CIDR notation. */
  readonly from: string;
}

/**
 * Which IPv4 address BGP is spoken with: that of the LAN, the management address, by which a simulated cloud's customer reaches it by
 * SSH as well, or a private one behind it.
 */
export type BgpSource = "lan" | "management" | "private";

/** A BGP speaker of an edge. */
export interface Speaker {
  readonly family: Family;
  readonly address: string;
  readonly asn: number;
  readonly multihop: number | undefined;
  readonly ttlSecurity?: boolean;
  readonly password: boolean;
}

/** A host of the lab. */
export interface HostState extends HostSpec {
  /** Which LAN of the edge it is on, from 0. */
  readonly slot: number;
  /** Numbers its management address, from 0. */
  readonly number: number;
  /** What is broken at it now. */
  readonly faults: readonly Fault[];
}

/** All that a lab is to be; whatever runs is made from it. */
export interface LabState {
  readonly format: 1;
  /** Which management network is the lab's, 0 to 63. */
  readonly subnet: number;
  /** The tree below all hosts' overlays; stays the same as long as the lab lives, as overlays demand. */
  readonly base: string;
  /** Regions with clients whether or not there are hosts. */
  readonly clients: readonly string[];
  /** Regions whose hosts are about to come. */
  readonly awaited: readonly string[];
  readonly hosts: Readonly<Record<string, HostState>>;
}

/** The lab's state, or undefined when there is no lab. */
export async function readState(lab: Lab): Promise<LabState | undefined> {
  const text = await readFile(labPaths(lab).state, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const state = JSON.parse(text) as LabState;
  if (state.format !== 1)
    throw new Error(
      `${labPaths(lab).state} is of another version of the lab: run npm run lab -- down with that version.`,
    );
  return state;
}

/**
 * The lab's state.
 *
 * @throws UsageError when there is no lab
 */
export async function startedLab(lab: Lab): Promise<LabState> {
  const state = await readState(lab);
  if (state === undefined) throw new UsageError(`There is no lab in ${lab.folder}. Start it: npm run lab`);
  return state;
}

/** Stores the state, all or nothing. To be called under the lab's lock. */
export async function writeState(lab: Lab, state: LabState): Promise<void> {
  const { state: path } = labPaths(lab);
  await writeFile(`${path}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  await rename(`${path}.new`, path);
}

/** The least number from 0 that is not taken. */
export function leastFree(taken: readonly number[]): number {
  const set = new Set(taken);
  let number = 0;
  while (set.has(number)) number += 1;
  return number;
}

/** The regions that the lab needs, in no particular order. */
export function regionsOf(state: LabState): string[] {
  const used = Object.values(state.hosts).map(({ region }) => region);
  return [...new Set([...state.clients, ...state.awaited, ...used])];
}
