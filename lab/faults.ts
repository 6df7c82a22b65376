import { removeCgroup } from "./cgroups.ts";
import type { Lab } from "./folder.ts";
import { changeLab, hostOf } from "./hosts.ts";
import { withHostLock } from "./lock.ts";
import { bootHost } from "./machine.ts";
import { inspectNode } from "./namespaces.ts";
import { entering } from "./node-process.ts";
import { tryRun } from "./process.ts";
import { readState, type Fault, type LabState } from "./state.ts";

/** What a fault does inside the host. The others are done to its cables (`topology.ts`) and to the sessions of its router (`host-session.ts`). */
type HostFault = { readonly unit: string; readonly signal: "KILL" | "STOP" };

function hostFault(fault: Fault): HostFault | undefined {
  switch (fault) {
    case "service-crash":
      return { unit: "knot.service", signal: "KILL" };
    case "service-hang":
      return { unit: "knot.service", signal: "STOP" };
    case "bird-kill":
      return { unit: "bird.service", signal: "KILL" };
    case "agent-kill":
      return { unit: "anycast-agent.service", signal: "KILL" };
    case "link-down":
    case "blackhole":
    case "host-off":
    case "bgp-down":
    case "bgp4-down":
    case "bgp6-down":
      return undefined;
  }
}

/** In /run, so that a reboot heals it, as it would outside the lab. Sorted after all other drop-ins, and stronger than a mask, which a unit in /etc outranks. */
const dropIn = (unit: string): string => `/run/systemd/system/${unit}.d/zz-lab-fault.conf`;

function breakScript({ unit, signal }: HostFault): string {
  const kill = `systemctl kill --signal=${signal} ${unit}`;
  if (signal === "STOP") return kill;
  return `set -e
systemctl cat ${unit} >/dev/null
mkdir -p ${dropIn(unit).replace(/\/[^/]*$/, "")}
printf '[Unit]\\nAssertPathExists=/run/lab-fault-is-healed\\n[Service]\\nRestart=no\\n' >${dropIn(unit)}
systemctl daemon-reload
${kill}`;
}

function healScript({ unit, signal }: HostFault): string {
  // It may have been started anew meanwhile.
  if (signal === "STOP") return `systemctl kill --signal=CONT ${unit} 2>/dev/null; systemctl start ${unit}`;
  return `rm -f ${dropIn(unit)}
systemctl daemon-reload
systemctl reset-failed ${unit}
systemctl start ${unit}`;
}

/** What the lab breaks is no flap: else the third fault would keep the site withdrawn for a quarter of an hour (safety 8). */
const FORGIVE = `agent=/usr/local/sbin/anycast-agent
[ -x $agent ] || exit 0
for attempt in $(seq 50); do
  $agent reset >/dev/null 2>&1 && exit 0
  sleep 0.2
done`;

/**
 * Breaks something at a site, until it is healed.
 *
 * @throws Error when it cannot be broken: the host is off, or has no such service
 */
export function fail(lab: Lab, fault: Fault, site: string): Promise<void> {
  return withHostLock(lab, site, async () => {
    const inside = hostFault(fault);
    let before: readonly Fault[] = [];
    // Noted down first: what a killed run has begun can be healed.
    await changeLab(lab, (state) => {
      before = hostOf(state, site).faults;
      return withFaults(state, site, [...before, fault]);
    });
    if (fault === "host-off") await removeCgroup(lab, `site-${site}`);
    if (inside === undefined) return;
    try {
      await inHost(lab, site, breakScript(inside), `${fault} cannot be done to ${site}`);
    } catch (error) {
      await changeLab(lab, (state) => withFaults(state, site, before));
      throw error;
    }
  });
}

/** What `heal` found and undid. */
export interface Healed {
  readonly faults: readonly Fault[];
  /** Whether the host had to be booted. */
  readonly booted: boolean;
}

/** Undoes whatever is broken at a site, and boots its host if it is off for whatever reason. */
export function heal(lab: Lab, site: string): Promise<Healed> {
  return withHostLock(lab, site, async () => {
    const current = await readState(lab);
    const faults = current?.hosts[site]?.faults ?? [];
    const booted = inspectNode(lab, `site-${site}`)?.init === undefined;
    // What was broken inside, a reboot mends.
    const inside = booted ? [] : faults;
    for (const fault of inside) {
      const done = hostFault(fault);
      if (done !== undefined) await inHost(lab, site, healScript(done), `${fault} cannot be healed at ${site}`);
    }
    const state = await changeLab(lab, (each) => withFaults(each, site, []));
    await bootHost(lab, state, hostOf(state, site));
    await inHost(lab, site, FORGIVE, `${site} cannot be told that it is healed`);
    return { faults, booted };
  });
}

function withFaults(state: LabState, site: string, faults: readonly Fault[]): LabState {
  const host = hostOf(state, site);
  return { ...state, hosts: { ...state.hosts, [site]: { ...host, faults: [...new Set(faults)] } } };
}

async function inHost(lab: Lab, site: string, script: string, problem: string): Promise<void> {
  const init = inspectNode(lab, `site-${site}`)?.init;
  if (init === undefined) throw new Error(`${problem}: its host is off. Heal it first: npm run lab -- heal ${site}`);
  const { status, stderr } = await tryRun("nsenter", entering(init, ["sh", "-c", script]), { timeout: 30_000 });
  if (status !== 0) throw new Error(`${problem}: ${stderr.trim() || `status ${status}`}`);
}
