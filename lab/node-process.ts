import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { NODES, cgroupOf } from "./cgroups.ts";
import { labPaths, namespaceOf, type Lab } from "./folder.ts";
import { NAMESPACES } from "./namespaces.ts";

/** What a node runs: a router BIRD, a client nothing, for as long as it takes. */
export type Program = "bird" | "idle";

const PROGRAMS = {
  bird: ["bird", "-f", "-c", "/run/bird/bird.conf"],
  idle: ["sleep", "infinity"],
} as const satisfies Record<Program, readonly string[]>;

/** Starts the process of a router or client in its namespace; it outlives this process. */
export async function startNode(lab: Lab, node: string, base: string, program: Program): Promise<ChildProcess> {
  const paths = labPaths(lab);
  const folder = paths.node(node);
  await mkdir(join(folder, "root"), { recursive: true });
  const log = openSync(paths.log(node), "a");
  const forwards = program === "bird" ? "yes" : "no";
  const enter = [`--net=${NAMESPACES}/${namespaceOf(lab, node)}`, "unshare", "--mount", "--uts", "--pid"];
  const script = join(import.meta.dirname, "start-node.sh");
  const start = ["--fork", "--kill-child", "sh", script, base, folder, node, forwards, cgroupOf(lab, NODES)];
  const child = spawn("nsenter", [...enter, ...start, ...PROGRAMS[program]], {
    stdio: ["ignore", log, log],
    detached: true,
    cwd: "/",
    env: NODE_ENVIRONMENT,
  });
  child.unref();
  closeSync(log);
  return child;
}

/** The environment in nodes: nothing of this machine's. */
export const NODE_ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
};

/** Arguments of `nsenter` that enter a node by its process 1 and become a program there, in its root folder. */
export function entering(init: number, argv: readonly string[]): string[] {
  const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid"];
  return ["--target", String(init), ...namespaces, "--root", "--wd", "--", ...argv];
}

/** The last lines of a node's log, to tell why it does not run. */
export async function lastWords(lab: Lab, node: string): Promise<string> {
  const text = await readFile(labPaths(lab).log(node), "utf8").catch(() => "");
  return text.trim().split("\n").slice(-3).join("\n");
}
