import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { makeAccount } from "./account.ts";
import { HOSTS_PER_REGION, bare, hostLan, managementAddress, managementNetwork } from "./addressing.ts";
import { labPaths, makeLabFolder, type Lab } from "./folder.ts";
import { withHostLock, withLabLock } from "./lock.ts";
import { bootHost, cutPower, hostKeyOf, powerOn, type CloudBoot } from "./machine.ts";
import { claimManagementNetwork } from "./management-network.ts";
import { reconcile } from "./reconcile.ts";
import { leastFree, readState, writeState, type HostSpec, type HostState, type LabState } from "./state.ts";
import { isOff } from "./topology.ts";

/** What whoever asked for a host gets to know of it. */
export interface HostOutput {
  /** Where SSH reaches it from this machine. */
  readonly address: string;
  /** Its public host key, as in `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
  /** Its unicast addresses. */
  readonly ipv4: string;
  readonly ipv6: string;
  /** Where SSH comes from: the management network. */
  readonly managementFrom: readonly string[];
}

/**
 * Changes the lab's state and makes it true. Starts a lab where there is none.
 *
 * @param change the state that is to be, given the one that is
 * @returns the new state
 */
export function changeLab(lab: Lab, change: (state: LabState) => LabState): Promise<LabState> {
  return withLabLock(lab, async () => {
    const next = change((await readState(lab)) ?? (await freshState(lab)));
    await writeState(lab, next);
    await reconcile(lab, next);
    return next;
  });
}

async function freshState(lab: Lab): Promise<LabState> {
  // Loaded only here: it is heavy, and only the first one in a lab needs it.
  const { baseImage } = await import("./base-image.ts");
  const base = await baseImage();
  await makeLabFolder(lab);
  await makeAccount(lab);
  return { format: 1, subnet: await claimManagementNetwork(lab), base, clients: [], awaited: [], hosts: {} };
}

/**
 * Makes a host, or gives one that exists what has changed of the customer's ASN and prefixes, and waits until it accepts SSH.
 *
 * @throws Error when a host of this name is in another region: it cannot move
 */
export function upHost(lab: Lab, spec: HostSpec): Promise<HostOutput> {
  return withHostLock(lab, spec.site, async () => {
    const state = await changeLab(lab, (current) => withHost(current, spec));
    const host = hostOf(state, spec.site);
    if (isOff(host)) {
      throw new Error(
        `Host ${spec.site} has no power (fault host-off). Heal it first: npm run lab -- heal ${spec.site}`,
      );
    }
    await bootHost(lab, state, host);
    const { ipv4, ipv6 } = hostLan(host.region, host.slot);
    return {
      address: bare(managementAddress(state.subnet, host.number)),
      hostKey: await hostKeyOf(lab, spec.site),
      ipv4: bare(ipv4[1]),
      ipv6: bare(ipv6[1]),
      managementFrom: [managementNetwork(state.subnet)],
    };
  });
}

/**
 * Makes a host as a cloud does: it gets its network and is powered on, and nobody waits for it.
 *
 * @param specOf the host, given the state: its name has to be a free one
 */
export async function upCloudHost(
  lab: Lab,
  specOf: (state: LabState) => HostSpec,
  boot: CloudBoot,
): Promise<{ host: HostState; state: LabState }> {
  let made = "";
  const state = await changeLab(lab, (current) => {
    const spec = specOf(current);
    made = spec.site;
    return withHost(current, spec);
  });
  const host = hostOf(state, made);
  await withHostLock(lab, made, () => powerOn(lab, state, host, boot));
  return { host, state };
}

/** A host that is known to be in the state. */
export function hostOf(state: LabState, site: string): HostState {
  const host = state.hosts[site];
  if (host === undefined) throw new Error(`The lab has no site '${site}'.`);
  return host;
}

/** The state with a host in it; what it has already of the host stays. */
export function withHost(state: LabState, spec: HostSpec): LabState {
  const existing = state.hosts[spec.site];
  if (existing !== undefined && existing.region !== spec.region) {
    throw new Error(
      `Host ${spec.site} is in ${existing.region} and cannot move to ${spec.region}: it must be removed first.`,
    );
  }
  const others = Object.values(state.hosts);
  const neighbors = others.filter(({ region }) => region === spec.region);
  const host: HostState = {
    ...spec,
    slot: existing?.slot ?? leastFree(neighbors.map(({ slot }) => slot)),
    number: existing?.number ?? leastFree(others.map(({ number }) => number)),
    faults: existing?.faults ?? [],
  };
  if (host.slot >= HOSTS_PER_REGION)
    throw new Error(`Region ${spec.region} is full: it has room for ${HOSTS_PER_REGION} hosts.`);
  return {
    ...state,
    awaited: state.awaited.filter((region) => region !== spec.region),
    hosts: { ...state.hosts, [spec.site]: host },
  };
}

/** Removes a host and all that was there for it alone. Does nothing where there is none. */
export function removeHost(lab: Lab, site: string): Promise<void> {
  return withHostLock(lab, site, async () => {
    await cutPower(lab, site);
    const paths = labPaths(lab);
    if (existsSync(paths.state)) await changeLab(lab, (state) => withoutHost(state, site));
    await rm(paths.host(site), { recursive: true, force: true });
    await rm(`${paths.host(site)}.new`, { recursive: true, force: true });
    await rm(paths.log(`site-${site}`), { force: true });
  });
}

/** The state without a host. Its region goes with the last one, unless it has clients of its own. */
export function withoutHost(state: LabState, site: string): LabState {
  const region = state.hosts[site]?.region;
  const hosts = Object.fromEntries(Object.entries(state.hosts).filter(([name]) => name !== site));
  return { ...state, awaited: state.awaited.filter((each) => each !== region), hosts };
}
