import { readFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { namespaceOf, type Lab } from "./folder.ts";
import { run, tryRun } from "./process.ts";

/** Where iproute2 keeps named network namespaces (ip-netns(8)). */
export const NAMESPACES = "/run/netns";

/** What the kernel has of a node. */
export interface Running {
  /** The network namespace's inode; undefined when only the name is left, as after a reboot of the machine. */
  readonly inode: number | undefined;
  /** All processes in the namespace. */
  readonly pids: readonly number[];
  /** The node's process 1, as seen from outside. */
  readonly init: number | undefined;
}

/** The names of the nodes that a lab has namespaces for. */
export function namespacesOf(lab: Lab): string[] {
  const prefix = namespaceOf(lab, "");
  return entriesOf(NAMESPACES)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}

/** What runs of a lab, by node. Read from the kernel, so that it is true after whatever happened. */
export function inspect(lab: Lab): Map<string, Running> {
  const processes = processesByNamespace();
  return new Map(namespacesOf(lab).map((node) => [node, inspectWith(lab, node, processes)]));
}

/** What runs of one node; undefined when it has no namespace. */
export function inspectNode(lab: Lab, node: string): Running | undefined {
  return namespacesOf(lab).includes(node) ? inspectWith(lab, node, processesByNamespace()) : undefined;
}

function inspectWith(lab: Lab, node: string, processes: ReadonlyMap<number, number[]>): Running {
  const { dev, ino } = statSync(`${NAMESPACES}/${namespaceOf(lab, node)}`);
  const inode = dev === statSync("/proc/self/ns/net").dev ? ino : undefined;
  const pids = inode === undefined ? [] : (processes.get(inode) ?? []);
  return { inode, pids, init: pids.find(isInit) };
}

function processesByNamespace(): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const name of entriesOf("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const inode = Number(/\[(\d+)\]/.exec(attempt(() => readlinkSync(`/proc/${name}/ns/net`)) ?? "")?.[1]);
    found.set(inode, [...(found.get(inode) ?? []), Number(name)]);
  }
  return found;
}

/** Whether a process is the first of a process namespace below ours. */
function isInit(pid: number): boolean {
  const status = attempt(() => readFileSync(`/proc/${pid}/status`, "utf8")) ?? "";
  return /^NSpid:(\t\d+)+\t1$/m.test(status);
}

/** The network interfaces in a node, without `lo`. */
export async function interfacesIn(lab: Lab, node: string, running: Running): Promise<Set<string>> {
  const table =
    running.init === undefined ? undefined : attempt(() => readFileSync(`/proc/${running.init}/net/dev`, "utf8"));
  if (table !== undefined) return namesIn(table);
  const lines = await run("ip", ["-netns", namespaceOf(lab, node), "-o", "link", "show"]);
  const names = [...lines.matchAll(/^\d+: ([^:@]+)/gm)].map((match) => match[1] ?? "");
  return new Set(names.filter((name) => name !== "lo"));
}

/** The network interfaces in the machine's own namespace. */
export function machineInterfaces(): Set<string> {
  return namesIn(readFileSync("/proc/self/net/dev", "utf8"));
}

function namesIn(table: string): Set<string> {
  const names = [...table.matchAll(/^\s*([^\s:]+):/gm)].map((match) => match[1] ?? "");
  return new Set(names.filter((name) => name !== "lo"));
}

/** Ends all processes of nodes at once, like a power cut, and waits until they are gone. */
export async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) attempt(() => process.kill(pid, "SIGKILL"));
  const deadline = Date.now() + 5000;
  while (pids.some(isAlive)) {
    if (Date.now() > deadline) throw new Error(`Processes do not end: ${pids.filter(isAlive).join(", ")}.`);
    await sleep(5);
  }
}

/** Whether a process still runs; a zombie, which its parent has not asked about yet, does not. */
export function isAlive(pid: number): boolean {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  return stat !== undefined && !/\) [ZX] /.test(stat);
}

/** Ends whatever runs in the nodes, like a power cut, and removes their namespaces, and with them their interfaces. */
export async function removeNodes(lab: Lab, nodes: ReadonlyMap<string, Running>): Promise<void> {
  if (nodes.size === 0) return;
  // The kernel closes the connections of killed processes in order, and a host without power closes none.
  await Promise.all([...nodes].map(([node, running]) => setInterfacesDown(lab, node, running)));
  await killAll([...nodes.values()].flatMap(({ pids }) => pids));
  const lines = [...nodes.keys()].map((node) => `netns del ${namespaceOf(lab, node)}\n`);
  // A name without a namespace behind it is removed as well, with a complaint.
  await tryRun("ip", ["-force", "-batch", "-"], { input: lines.join("") });
  const left = namespacesOf(lab).filter((node) => nodes.has(node));
  if (left.length > 0) throw new Error(`Network namespaces cannot be removed: ${left.join(", ")}.`);
}

async function setInterfacesDown(lab: Lab, node: string, running: Running): Promise<void> {
  if (running.pids.length === 0) return;
  const lines = [...(await interfacesIn(lab, node, running))].map((name) => `link set ${name} down\n`);
  // One may go meanwhile, with the other end of its cable.
  await tryRun("ip", ["-netns", namespaceOf(lab, node), "-force", "-batch", "-"], { input: lines.join("") });
}

function entriesOf(folder: string): string[] {
  return attempt(() => readdirSync(folder)) ?? [];
}

/** What the kernel shows may be gone between two looks. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
