import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "../../folder.ts";
import { changeLab, hostOf } from "../../hosts.ts";
import { withHostLock } from "../../lock.ts";
import { bootHost, cutPower } from "../../machine.ts";
import { readState, type Opening } from "../../state.ts";
import { changeFaults, cloudFaults, faultsAt } from "../faults.ts";
import { makeMachine, removeMachine } from "../machines.ts";
import { cloudPaths, readCloudAccount, readJson, withCloudLock, writeJson } from "../store.ts";
import { VULTR_METROS } from "./catalog.ts";
import { ORDINARY, REHEARSAL_PACE, type VultrCloud, type VultrStore } from "./cloud.ts";
import { FaultSwitches } from "./faults.ts";
import type { Machines } from "./machines.ts";
import { placesOf } from "./server-body.ts";
import { NOTHING, type StoredRule, type StoredServer, type VultrState } from "./state.ts";

/** The simulated Vultr of a lab: remembered in the lab's folder, so that one command after the other finds it, with the lab's hosts behind it. */
export function vultrOf(lab: Lab): VultrCloud {
  return {
    ...ORDINARY,
    account: () => readCloudAccount(lab),
    store: storeIn(lab),
    faults: new FaultSwitches({
      read: () => cloudFaults(lab),
      change: (next) => changeFaults(lab, next),
    }),
    machines: machinesOf(lab),
    pace: REHEARSAL_PACE,
  };
}

function storeIn(lab: Lab): VultrStore {
  const { folder } = cloudPaths(lab);
  const file = join(folder, "vultr.json");
  return {
    read: () => readJson(file, NOTHING),
    change: (next) =>
      withCloudLock(lab, async () => {
        await mkdir(folder, { recursive: true });
        const changed = next(await readJson<VultrState>(file, NOTHING));
        await writeJson(file, changed);
        return changed;
      }),
  };
}

function machinesOf(lab: Lab): Machines {
  return {
    make: async (server, rootKeys, rules) => {
      const { id, kind, region, hostname, userData } = server;
      const metro = VULTR_METROS.get(region);
      if (metro === undefined) throw new Error(`The lab has no metro for Vultr's region '${region}'.`);
      const made = await makeMachine(lab, {
        instanceId: id,
        hostname,
        metro,
        profile: kind === "instance" ? "vultr" : "vultrBareMetal",
        bgpSource: "management",
        userData: userData === "" ? undefined : Buffer.from(userData, "base64").toString(),
        rootKeys,
        faults: await faultsAt(lab, placesOf(server)),
        ...(rules === undefined ? {} : { firewall: openingsOf(rules) }),
      });
      const { host, publicIpv4, publicIpv6, gatewayIpv4 } = made;
      return { host, addresses: { ipv4: publicIpv4, ipv6: publicIpv6, gatewayIpv4 } };
    },
    remove: async ({ host }) => {
      if (host !== undefined) await removeMachine(lab, host);
    },
    power: async ({ host }, change) => {
      if (host === undefined) return;
      await withHostLock(lab, host, async () => {
        if (change !== "start") await cutPower(lab, host);
        const state = await readState(lab);
        if (change !== "halt" && state !== undefined) await bootHost(lab, state, hostOf(state, host));
      });
    },
    protect: (server, rules) => protect(lab, server, rules === undefined ? undefined : openingsOf(rules)),
  };
}

async function protect(lab: Lab, { host: name }: StoredServer, openings: Opening[] | undefined): Promise<void> {
  if (name === undefined) return;
  const before = (await readState(lab))?.hosts[name];
  if (before === undefined || JSON.stringify(before.firewall) === JSON.stringify(openings)) return;
  await changeLab(lab, (state) => {
    const { firewall: _firewall, ...host } = hostOf(state, name);
    const changed = openings === undefined ? host : { ...host, firewall: openings };
    return { ...state, hosts: { ...state.hosts, [name]: changed } };
  });
}

/** What rules open; what the lab's hosts do not speak is left out. */
function openingsOf(rules: readonly StoredRule[]): Opening[] {
  return rules.flatMap(({ protocol, port, subnet, subnetSize }): Opening[] =>
    protocol === "tcp" || protocol === "udp" || protocol === "icmp"
      ? [{ protocol, port, from: `${subnet}/${subnetSize}` }]
      : [],
  );
}
