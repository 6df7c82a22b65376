import type { Lab } from "../folder.ts";
import { bare, hostLan, managementAddress, privateLink } from "../addressing.ts";
import { hostOf, removeHost, upCloudHost } from "../hosts.ts";
import { withHostLock } from "../lock.ts";
import { bootHost } from "../machine.ts";
import {
  readState,
  type BgpSource,
  type HostState,
  type LabProfile,
  type LabState,
  type Opening,
  type Speaker,
} from "../state.ts";
import { seedFiles } from "./seed.ts";
import type { CloudFaultKind } from "./faults.ts";
import { readCloudAccount } from "./store.ts";

/** How long a host takes to power on with the fault `slow-boot`, and with `no-boot` (for as long as anyone waits), in seconds. */
const DELAYS = { slow: 30, never: 86_400 };

/** A server to be. */
export interface MachineSpec {
  readonly instanceId: string;
  /** As the customer named it: the name of the site. */
  readonly hostname: string;
  /** The lab's region. */
  readonly metro: string;
  readonly profile: LabProfile;
  readonly bgpSource: BgpSource;
  /** The edge's BGP speakers. Default: those of the profile. */
  readonly speakers?: readonly Speaker[];
  readonly userData: string | undefined;
  readonly rootKeys: readonly string[];
  readonly faults: ReadonlySet<CloudFaultKind>;
  /** What the cloud's firewall in front of it opens. Default: everything. */
  readonly firewall?: readonly Opening[];
}

/** The addresses of a server, without prefix lengths. */
export interface MachineAddresses {
  /** The lab's name of the host. */
  readonly host: string;
  readonly publicIpv4: string;
  readonly privateIpv4: string;
  readonly publicIpv6: string;
  readonly gatewayIpv4: string;
}

/** Makes the real host of the lab behind a simulated server, and does not wait until it runs. */
export async function makeMachine(lab: Lab, spec: MachineSpec): Promise<MachineAddresses> {
  const { asn, prefixes } = await readCloudAccount(lab);
  const { instanceId, hostname, metro, profile, bgpSource, speakers, userData, rootKeys, faults, firewall } = spec;
  const seed = seedFiles({ instanceId, hostname, userData, rootKeys, broken: faults.has("cloud-init-error") });
  const never = faults.has("no-boot") || faults.has("half-created");
  const delay = never ? DELAYS.never : faults.has("slow-boot") ? DELAYS.slow : 0;
  const { host, state } = await upCloudHost(
    lab,
    (current) => ({
      site: freeName(current, hostname),
      answersAs: hostname,
      region: metro,
      profile,
      asn,
      prefixes,
      bgpSource,
      ...(speakers === undefined ? {} : { speakers }),
      ...(firewall === undefined ? {} : { firewall }),
    }),
    { seed, delay },
  );
  return addressesOf(state, host);
}

function addressesOf(state: LabState, host: HostState): MachineAddresses {
  const lan = hostLan(host.region, host.slot);
  return {
    host: host.site,
    publicIpv4: bare(managementAddress(state.subnet, host.number)),
    privateIpv4: bare(privateLink(host.region, host.slot)[1]),
    publicIpv6: bare(lan.ipv6[1]),
    gatewayIpv4: bare(lan.ipv4[0]),
  };
}

/** The host name as the lab's name of the host; numbered while there is a host of this name, which it may be about to replace. */
function freeName(state: LabState, hostname: string): string {
  const name = hostname.toLowerCase().replaceAll(/[^a-z0-9-]/g, "-");
  let free = name;
  for (let number = 2; state.hosts[free] !== undefined; number += 1) free = `${name}-${number}`;
  return free;
}

/** Boots the host behind a server that was left half made, and waits until it accepts SSH. */
export async function finishMachine(lab: Lab, host: string): Promise<void> {
  const state = await readState(lab);
  if (state !== undefined) await withHostLock(lab, host, () => bootHost(lab, state, hostOf(state, host)));
}

/** Removes the host behind a server. */
export async function removeMachine(lab: Lab, host: string): Promise<void> {
  await removeHost(lab, host);
}
