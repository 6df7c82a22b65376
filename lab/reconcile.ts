import { rm } from "node:fs/promises";
import { readAccount } from "./account.ts";
import { labPaths, managementInterface, namespaceOf, type Lab } from "./folder.ts";
import { inspect, interfacesIn, machineInterfaces, removeNodes, type Running } from "./namespaces.ts";
import { applyManagement, applyNode } from "./node-apply.ts";
import { interfaceLines, nodeConfig } from "./node-config.ts";
import { run, tryRun } from "./process.ts";
import type { LabState } from "./state.ts";
import { BRIDGE, machineInterface, topology, type LinkEnd, type Topology } from "./topology.ts";

/**
 * Makes the lab's Internet what a state wants: starts what is missing, removes what is no longer wanted, changes what differs
 * and touches nothing else. What it finds it reads from the kernel, so that it mends what a killed run left. Hosts get their
 * namespaces and cables here; what runs in them is `machine.ts`. To be called under the lab's lock.
 */
export async function reconcile(lab: Lab, state: LabState): Promise<void> {
  const wanted = topology(state, managementInterface(lab));
  await removeUnwanted(lab, wanted);
  const running = await addNamespaces(lab, wanted);
  await plugCables(lab, wanted, running);
  if (wanted.nodes.length > 0) await batch(interfaceLines(machineInterface(state, managementInterface(lab))));
  const { bgpPassword } = await readAccount(lab);
  await Promise.all(
    wanted.nodes.map(async (node) => {
      const config = nodeConfig(node, state, bgpPassword);
      switch (node.kind) {
        case "management":
          return applyManagement(lab, node.name, config, runningOf(running, node.name), state.base);
        case "site":
          return;
        case "edge":
        case "transit":
        case "client":
          return applyNode(lab, node.name, config, runningOf(running, node.name), state.base);
      }
    }),
  );
}

function runningOf(running: ReadonlyMap<string, Running>, node: string): Running {
  return running.get(node) ?? { inode: undefined, pids: [], init: undefined };
}

async function removeUnwanted(lab: Lab, wanted: Topology): Promise<void> {
  const names = new Set(wanted.nodes.map(({ name }) => name));
  // A name without a namespace is what a reboot of the machine leaves.
  const unwanted = [...inspect(lab)].filter(([name, { inode }]) => !names.has(name) || inode === undefined);
  await removeNodes(lab, new Map(unwanted));
  const gone = unwanted.map(([name]) => name).filter((name) => !names.has(name));
  await Promise.all(
    gone.flatMap((name) => [
      rm(labPaths(lab).node(name), { recursive: true, force: true }),
      rm(labPaths(lab).log(name), { force: true }),
    ]),
  );
}

async function addNamespaces(lab: Lab, wanted: Topology): Promise<Map<string, Running>> {
  const found = inspect(lab);
  const missing = wanted.nodes.filter(({ name }) => !found.has(name));
  if (missing.length === 0) return found;
  await batch(missing.map(({ name }) => `netns add ${namespaceOf(lab, name)}`));
  return inspect(lab);
}

/** Removes the interfaces that belong to no wanted link, and plugs in the missing ones. A link with only one end is plugged in anew. */
async function plugCables(lab: Lab, wanted: Topology, running: ReadonlyMap<string, Running>): Promise<void> {
  const present = new Map<string | undefined, Set<string>>([[undefined, machineInterfaces()]]);
  await Promise.all(
    wanted.nodes.map(async ({ name }) => {
      present.set(name, await interfacesIn(lab, name, runningOf(running, name)));
    }),
  );
  const has = (end: LinkEnd): boolean => present.get(end.node)?.has(end.interface) ?? false;
  const missing = wanted.links.filter((ends) => !ends.every(has));
  const halves = missing.flat().filter(has);
  const unwanted = wanted.nodes
    // On a host, interfaces are the host's own affair.
    .filter(({ kind }) => kind !== "site")
    .flatMap(({ name, interfaces }) => {
      const kept = new Set([BRIDGE, ...interfaces.map((each) => each.name)]);
      const others = [...(present.get(name) ?? [])].filter((each) => !kept.has(each));
      return others.map((each): LinkEnd => ({ node: name, interface: each }));
    });
  await Promise.all([...unwanted, ...halves].map((end) => unplug(lab, end)));
  if (wanted.nodes.length > 0 && !has({ node: "mgmt", interface: BRIDGE })) {
    await run("ip", ["-netns", namespaceOf(lab, "mgmt"), "link", "add", BRIDGE, "up", "type", "bridge"]);
  }
  if (missing.length === 0) return;
  await batch(missing.map(([a, b]) => `link add ${described(lab, a)} type veth peer ${described(lab, b)}`));
}

/** The kernel may be about to remove the interface itself, as it cleans up after a namespace when it finds the time. */
async function unplug(lab: Lab, end: LinkEnd): Promise<void> {
  const { status, stderr } = await tryRun("ip", [...within(lab, end), "link", "del", end.interface]);
  // Gone before ip looked, or between its look and its request.
  const gone = /Cannot find device|No such device/.test(stderr);
  if (status !== 0 && !gone) throw new Error(stderr.trim());
}

function within(lab: Lab, { node }: LinkEnd): string[] {
  return node === undefined ? [] : ["-netns", namespaceOf(lab, node)];
}

function described(lab: Lab, end: LinkEnd): string {
  const where = end.node === undefined ? "" : ` netns ${namespaceOf(lab, end.node)}`;
  const address = end.hardwareAddress === undefined ? "" : ` address ${end.hardwareAddress}`;
  return `name ${end.interface}${where}${address}`;
}

/** Runs lines of `ip` in the machine's own namespace. */
async function batch(lines: readonly string[]): Promise<void> {
  await run("ip", ["-batch", "-"], { input: `${lines.join("\n")}\n` });
}
