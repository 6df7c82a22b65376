import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { METROS, distanceKm, type Location } from "../model/metros.ts";
import { PROFILES, type ProfileName } from "../model/profiles.ts";
import { familyOf } from "../model/ip.ts";
import { readAccount } from "./account.ts";
import { bare, hostLan, managementNetwork } from "./addressing.ts";
import { EQUINIX_METROS } from "./clouds/equinix-metal-catalog.ts";
import { cloudPaths, readJson, writeJson, type CloudAccount } from "./clouds/store.ts";
import { VULTR_METROS } from "./clouds/vultr/catalog.ts";
import { labPaths, type Lab } from "./folder.ts";
import { changeLab, upHost, withHost } from "./hosts.ts";
import { readState, type HostSpec, type LabState, type Speaker } from "./state.ts";

/** The checkout. */
const PROJECT = join(import.meta.dirname, "..");

/** What a lab rehearses. */
export interface Rehearsal {
  /** The stack, as in `staging`. */
  readonly stack: string;
}

/** The places of a rehearsal in a lab's folder. */
function rehearsalPaths(lab: Lab) {
  const project = join(lab.folder, "rehearsal");
  return {
    /** A Pulumi project with the checkout's program and a configuration of its own: the stack's own file is only read. */
    project,
    about: join(project, "rehearsal.json"),
    stackFile: (stack: string) => join(project, "stacks", `Pulumi.${stack}.yaml`),
  };
}

/** What a lab rehearses; undefined for a lab that has a stack of its own, or nothing. */
export async function readRehearsal(lab: Lab): Promise<(Rehearsal & { readonly project: string }) | undefined> {
  const { about, project } = rehearsalPaths(lab);
  if (!existsSync(about)) return undefined;
  return { ...(JSON.parse(await readFile(about, "utf8")) as Rehearsal), project };
}

/** Makes the Pulumi project in which a stack is rehearsed: links to the checkout's own files, but for what it configures. */
export async function makeProject(lab: Lab, stack: string): Promise<void> {
  const { project, about, stackFile } = rehearsalPaths(lab);
  await mkdir(join(project, "stacks"), { recursive: true });
  const own = new Set(["Pulumi.yaml", "stacks", ".lab", ".git", "rehearsal.json"]);
  await linkAll(PROJECT, project, (name) => !own.has(name));
  await linkAll(join(PROJECT, "stacks"), join(project, "stacks"), (name) => !/^Pulumi\..*\.yaml$/.test(name));
  await copyFile(join(PROJECT, "Pulumi.yaml"), join(project, "Pulumi.yaml"));
  if (!existsSync(stackFile(stack))) await writeFile(stackFile(stack), "config: {}\n");
  await writeJson(about, { stack } satisfies Rehearsal);
}

async function linkAll(from: string, to: string, isWanted: (name: string) => boolean): Promise<void> {
  for (const name of (await readdir(from)).filter(isWanted)) {
    await rm(join(to, name), { force: true });
    await symlink(join(from, name), join(to, name));
  }
}

/** Writes the rehearsal's configuration; the salt of its secrets stays, the secrets go. JSON is YAML, too. */
export async function writeConfig(lab: Lab, stack: string, config: Readonly<Record<string, unknown>>): Promise<void> {
  const file = rehearsalPaths(lab).stackFile(stack);
  const salt = /^encryptionsalt:.*$/m.exec(await readFile(file, "utf8"))?.[0] ?? "";
  await writeFile(file, `${salt}\nconfig: ${JSON.stringify(config)}\n`);
}

/** `anycast:network` as it stands in a stack file: what is wrong in it, the program says. */
type Loose = Readonly<Record<string, unknown>>;

function objectAt(value: unknown, key: string): Loose {
  const found = typeof value === "object" && value !== null ? (value as Loose)[key] : undefined;
  return typeof found === "object" && found !== null ? (found as Loose) : {};
}

function hostsOf(network: unknown): [site: string, host: Loose][] {
  return Object.entries(objectAt(network, "sites")).map(([name, site]) => [name, objectAt(site, "host")]);
}

/** The lab's regions of a stack's sites and clients, as far as they are known. */
export function regionsIn(network: unknown): { sites: string[]; clients: string[] } {
  const sites = hostsOf(network).map(([, host]) => metroOf(host));
  const clients = Object.values(objectAt(objectAt(network, "lab"), "clients"));
  return {
    sites: sites.filter((metro) => metro !== undefined),
    clients: clients.filter((each): each is string => typeof each === "string" && METROS.has(each)),
  };
}

/** The metro of the lab that stands for a host's region. */
function metroOf(host: Loose): string | undefined {
  switch (host["provider"]) {
    case "vultr":
    case "vultrBareMetal":
      return VULTR_METROS.get(String(host["region"]));
    case "equinixMetal":
      return EQUINIX_METROS.get(String(host["region"]));
    case "lab":
      return METROS.has(String(host["region"])) ? String(host["region"]) : undefined;
    case "existing":
      return nearestMetro(host["location"]);
    default:
      return undefined;
  }
}

function nearestMetro(location: unknown): string | undefined {
  const { latitude, longitude } = (location ?? {}) as Partial<Location>;
  if (typeof latitude !== "number" || typeof longitude !== "number") return undefined;
  const from = (metro: Location): number => distanceKm(metro, { latitude, longitude });
  return [...METROS.values()].toSorted((a, b) => from(a) - from(b))[0]?.code;
}

/** What the simulated clouds know of their customer: as if the forms were filled in, and everything approved. */
export async function openAccount(lab: Lab, network: unknown): Promise<CloudAccount> {
  const { asn, prefixes } = (network ?? {}) as { asn?: unknown; prefixes?: unknown };
  const known = await readJson<CloudAccount | undefined>(cloudPaths(lab).account, undefined);
  const account: CloudAccount = {
    asn: Number(asn),
    prefixes: Array.isArray(prefixes) ? prefixes.map(String) : [],
    bgpPassword: (await readAccount(lab)).bgpPassword,
    // The same one at every rehearsal in this lab: another one would be another provider to the engine.
    apiKey: known?.apiKey ?? randomBytes(18).toString("hex").toUpperCase(),
  };
  await mkdir(cloudPaths(lab).folder, { recursive: true });
  await writeJson(cloudPaths(lab).account, account);
  return account;
}

/**
 * The stack's network with hosts of the lab in the place of those that it has already, which are made here, and with the lab's
 * management network among those that SSH may come from. All else stays as it stands in the stack file.
 */
export async function rehearsed(lab: Lab, network: Loose): Promise<Loose> {
  const state = await readState(lab);
  if (state === undefined) throw new Error("The lab is not up.");
  const existing = hostsOf(network).filter(([, host]) => host["provider"] === "existing");
  const made = await Promise.all(
    existing.map(async ([site, host]) => [site, await existingHost(lab, network, site, host)] as const),
  );
  const sites = objectAt(network, "sites");
  const replaced = made.map(([site, host]) => [site, { ...objectAt(sites, site), host }] as const);
  return {
    ...network,
    // What is rehearsed goes again afterwards.
    protectHosts: false,
    // The hosts of the lab have the versions that they have.
    packages: {},
    sites: { ...sites, ...Object.fromEntries(replaced) },
    ...managementOf(network, state),
  };
}

function managementOf(network: Loose, state: LabState): Loose {
  const management = objectAt(network, "management");
  const { from } = management;
  if (!Array.isArray(from)) return {};
  return { management: { ...management, from: [...(from as unknown[]), managementNetwork(state.subnet)] } };
}

/** Makes the lab's host for an existing one, with an edge that speaks as the site's profile and its own neighbors say. */
async function existingHost(lab: Lab, network: Loose, site: string, host: Loose): Promise<Loose> {
  const region = metroOf(host);
  if (region === undefined) throw new Error(`anycast:network.sites.${site}.host.location: is missing`);
  const name = (typeof host["profile"] === "string" ? host["profile"] : "custom") as ProfileName;
  const profile = PROFILES[name] as (typeof PROFILES)[ProfileName] | undefined;
  const listed = (Array.isArray(host["neighbors"]) ? host["neighbors"] : []) as Loose[];
  const asked: HostSpec = {
    site,
    region,
    profile: name === "custom" ? "vultr" : name,
    asn: Number(network["asn"]),
    prefixes: Object.values(objectAt(network, "prefixes")).map(String),
    // Until it is known which LAN the host is on.
    speakers: (await readState(lab))?.hosts[site]?.speakers ?? [],
  };
  const { address, hostKey, ipv4, ipv6 } = await upHost(lab, asked);
  const state = await readState(lab);
  const { ipv4: lanV4, ipv6: lanV6 } = hostLan(region, state?.hosts[site]?.slot ?? 0);
  const edge = { 4: bare(lanV4[0]), 6: bare(lanV6[0]) };
  // A neighbor on the host's own network is the edge itself.
  const neighbors = listed.map((neighbor) => {
    const direct = neighbor["multihop"] === undefined;
    return direct ? { ...neighbor, address: edge[familyOf(String(neighbor["address"]))] } : neighbor;
  });
  const speakers: Speaker[] = [
    ...(profile?.neighbors ?? []).map((neighbor) => ({
      ...neighbor,
      multihop: profile?.multihop,
      password: profile?.authentication === "md5",
    })),
    ...neighbors.map((neighbor) => ({
      family: familyOf(String(neighbor["address"])),
      address: String(neighbor["address"]),
      asn: Number(neighbor["asn"]),
      multihop: typeof neighbor["multihop"] === "number" ? neighbor["multihop"] : undefined,
      ttlSecurity: neighbor["ttlSecurity"] === true,
      password: neighbor["password"] === true,
    })),
  ];
  await changeLab(lab, (current) => withHost(current, { ...asked, speakers }));
  return { ...host, neighbors, address, port: 22, user: "root", hostKey, ipv4, ipv6 };
}

/** Secrets of a rehearsal: key of the configuration → value, for `pulumi config set --secret --path`. */
export async function secretsOf(lab: Lab, network: unknown, account: CloudAccount): Promise<Record<string, string>> {
  const existing = hostsOf(network).filter(([, host]) => host["provider"] === "existing");
  const owners = ["vultr", "equinixMetal", ...existing.map(([site]) => site)];
  return {
    "anycast-vultr:apiKey": account.apiKey,
    "equinix-metal:authToken": account.apiKey,
    "anycast:sshPrivateKey": await readFile(labPaths(lab).operatorKey, "utf8"),
    ...Object.fromEntries(owners.map((owner) => [`anycast:bgpPasswords.${owner}`, account.bgpPassword])),
  };
}
