import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeKey } from "./account.ts";
import { bare, managementAddress } from "./addressing.ts";
import { cgroupOf, removeCgroup } from "./cgroups.ts";
import { labPaths, managementInterface, namespaceOf, type Lab } from "./folder.ts";
import { hostFiles, type HostFile } from "./host-files.ts";
import { NAMESPACES, inspectNode, killAll } from "./namespaces.ts";
import { NODE_ENVIRONMENT, lastWords } from "./node-process.ts";
import { run } from "./process.ts";
import type { HostState, LabState } from "./state.ts";
import { topology, type Node } from "./topology.ts";

/** How long a host may take from power-on until it accepts SSH, in ms. */
const BOOT_TIMEOUT = 60_000;

const SSH_PORT = 22;

/** What a simulated cloud gives a host that it makes. */
export interface CloudBoot {
  /** Files for cloud-init, in the place of the SSH keys that the lab would lay in. */
  readonly seed: readonly HostFile[];
  /** How long the host takes to power on, in seconds. */
  readonly delay: number;
}

/**
 * Powers on a host, for which `reconcile` made the namespace and cables, as a cloud does: without waiting for anything. What is in it
 * is cloud-init's affair.
 */
export async function powerOn(lab: Lab, state: LabState, host: HostState, boot: CloudBoot): Promise<void> {
  await prepare(lab, host.site, nodeOf(lab, state, host), boot.seed);
  startMachine(lab, host.site, state.base, boot.delay);
}

function nodeOf(lab: Lab, state: LabState, { site }: HostState): Node {
  const name = `site-${site}`;
  const node = topology(state, managementInterface(lab)).nodes.find((each) => each.name === name);
  if (node === undefined) throw new Error(`${name} has no network to boot in.`);
  return node;
}

/**
 * Boots a host, for which `reconcile` made the namespace and cables, and waits until it accepts SSH. Does nothing to one that runs.
 *
 * @throws Error when it does not come up
 */
export async function bootHost(lab: Lab, state: LabState, host: HostState): Promise<void> {
  const { site } = host;
  const name = `site-${site}`;
  const node = nodeOf(lab, state, host);
  const running = inspectNode(lab, name);
  if (running === undefined) throw new Error(`${name} has no network to boot in.`);
  let supervisor: ChildProcess | undefined;
  if (running.init === undefined) {
    // Of a host that has just gone down by itself.
    await removeCgroup(lab, name);
    await prepare(lab, site, node);
    supervisor = startMachine(lab, site, state.base);
  }
  await untilReachable(lab, state, host, supervisor);
}

/**
 * Waits until a host that was powered on accepts SSH.
 *
 * @param supervisor what was started for it, if it was by this process
 * @throws Error when it does not
 */
export async function untilReachable(
  lab: Lab,
  state: LabState,
  host: HostState,
  supervisor?: ChildProcess,
): Promise<void> {
  const { site } = host;
  const name = `site-${site}`;
  const address = bare(managementAddress(state.subnet, host.number));
  const deadline = Date.now() + BOOT_TIMEOUT;
  while (!(await accepts(address, SSH_PORT))) {
    const problem =
      typeof supervisor?.exitCode === "number"
        ? "does not boot"
        : Date.now() > deadline
          ? `does not accept SSH at ${address} within ${BOOT_TIMEOUT / 1000} s`
          : undefined;
    if (problem !== undefined) {
      const log = `${labPaths(lab).log(name)}:\n${await lastWords(lab, name)}`;
      throw new Error(`Host ${site} ${problem}. Last lines of ${log}`);
    }
    await sleep(50);
  }
}

/** Lays in what the host needs before its first boot: SSH keys, or the seed by which cloud-init makes them. */
async function prepare(lab: Lab, site: string, node: Node, seed?: readonly HostFile[]): Promise<void> {
  const paths = labPaths(lab);
  const folder = paths.host(site);
  if (existsSync(join(folder, "root"))) return;
  // Under another name until it is complete, so that a killed run leaves nothing half made.
  const partial = `${folder}.new`;
  await rm(partial, { recursive: true, force: true });
  const upper = join(partial, "upper");
  for (const each of ["upper", "work", "root"]) await mkdir(join(partial, each), { recursive: true });
  const operator = await readFile(`${paths.operatorKey}.pub`, "utf8");
  for (const { path, content, mode } of hostFiles(site, node, seed ?? operator)) {
    await mkdir(dirname(join(upper, path)), { recursive: true });
    await writeFile(join(upper, path), content);
    await chmod(join(upper, path), mode);
  }
  for (const home of ["root", "root/.ssh"]) if (existsSync(join(upper, home))) await chmod(join(upper, home), 0o700);
  const wanted = join(upper, "etc/systemd/system/sysinit.target.wants");
  await mkdir(wanted);
  await symlink("../lab-network.service", join(wanted, "lab-network.service"));
  if (seed === undefined) await makeKey(join(upper, "etc/ssh/ssh_host_ed25519_key"), site);
  else await hide(join(upper, "etc/cloud/cloud-init.disabled"));
  await rename(partial, folder);
}

/** Takes a file of the base image away from a host: how an overlay notes that down. */
async function hide(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await run("mknod", [path, "c", "0", "0"]);
}

/** The public host key of a host that was booted, as in `ssh-ed25519 AAAA…`. */
export async function hostKeyOf(lab: Lab, site: string): Promise<string> {
  const line = await readFile(join(labPaths(lab).host(site), "upper/etc/ssh/ssh_host_ed25519_key.pub"), "utf8");
  return line.split(" ").slice(0, 2).join(" ");
}

/** @param delay seconds until power is on */
function startMachine(lab: Lab, site: string, base: string, delay = 0): ChildProcess {
  const paths = labPaths(lab);
  const name = `site-${site}`;
  const log = openSync(paths.log(name), "a");
  const namespace = `${NAMESPACES}/${namespaceOf(lab, name)}`;
  const script = join(import.meta.dirname, "start-host.sh");
  const args = [script, base, paths.host(site), namespace, namespaceOf(lab, name), site, cgroupOf(lab, name)].concat(
    String(delay),
  );
  const supervisor = spawn("unshare", ["--mount", "--propagation", "slave", "sh", ...args], {
    stdio: ["ignore", log, log],
    detached: true,
    cwd: "/",
    env: NODE_ENVIRONMENT,
  });
  supervisor.unref();
  closeSync(log);
  return supervisor;
}

async function accepts(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 500 });
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket
      .on("connect", () => end(true))
      .on("timeout", () => end(false))
      .on("error", () => end(false));
  });
}

/** Cuts a host's power: whatever runs of it ends at once; its disk stays as it is. */
export async function cutPower(lab: Lab, site: string): Promise<void> {
  await killAll(inspectNode(lab, `site-${site}`)?.pids ?? []);
  await removeCgroup(lab, `site-${site}`);
}
