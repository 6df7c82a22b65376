import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { labPaths, namespaceOf, type Lab } from "./folder.ts";
import { NAMESPACES, inspectNode, type Running } from "./namespaces.ts";
import type { NodeConfig } from "./node-config.ts";
import { NODE_ENVIRONMENT, entering, lastWords, startNode } from "./node-process.ts";
import { run } from "./process.ts";

/** What was applied to a node last. */
interface Applied {
  /** Of the configuration, the namespace and the process that it was applied to. */
  readonly digest: string;
  readonly ruleset: string;
}

/** How long a router or client may take to start, in ms. */
const START_TIMEOUT = 10_000;

/**
 * Gives a router or client its configuration and starts its process if it does not run. Does nothing to one that runs with it.
 *
 * @param base the base image
 * @throws Error when it does not start or its BIRD refuses the configuration
 */
export async function applyNode(
  lab: Lab,
  node: string,
  config: NodeConfig,
  running: Running,
  base: string,
): Promise<void> {
  const folder = labPaths(lab).node(node);
  const record = join(folder, "applied.json");
  const known = await readApplied(record);
  if (running.init !== undefined && known?.digest === digestOf(config, running)) return;

  await applyAddresses(lab, node, config.addresses);
  const birdFolder = join(folder, "bird");
  await mkdir(birdFolder, { recursive: true });
  if (config.bird !== undefined) await writeFile(join(birdFolder, "bird.conf"), config.bird, { mode: 0o600 });
  const now = await startedNode(lab, node, config, running, base);
  const init = now.init ?? 0;
  if (config.bird !== undefined && running.init !== undefined) await reconfigure(node, init);
  const ruleset = running.init === undefined ? "" : known?.ruleset;
  if (config.ruleset !== ruleset) {
    await run("nsenter", entering(init, ["nft", "-f", "-"]), { input: `flush ruleset\n${config.ruleset}` });
  }
  await writeFile(record, JSON.stringify({ digest: digestOf(config, now), ruleset: config.ruleset } satisfies Applied));
}

/** Gives the management network, in which nothing runs, its configuration. @param base the base image, which has `nft` */
export async function applyManagement(
  lab: Lab,
  node: string,
  config: NodeConfig,
  running: Running,
  base: string,
): Promise<void> {
  await applyAddresses(lab, node, config.addresses);
  const folder = labPaths(lab).node(node);
  const record = join(folder, "applied.json");
  // Not of the addresses: what the rules remember should outlive another host's coming and going.
  const digest = digestOf({ ...config, addresses: [] }, running);
  const known = await readApplied(record);
  if (known?.digest === digest || (known === undefined && config.ruleset === "")) return;
  const enter = [`--net=${NAMESPACES}/${namespaceOf(lab, node)}`, "chroot", base, "nft", "-f", "-"];
  await run("nsenter", enter, { input: `flush ruleset\n${config.ruleset}`, env: NODE_ENVIRONMENT });
  await mkdir(folder, { recursive: true });
  await writeFile(record, JSON.stringify({ digest, ruleset: config.ruleset } satisfies Applied));
}

async function readApplied(path: string): Promise<Applied | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Applied);
}

/** Another namespace or another process has nothing of what was applied to the last one. */
function digestOf(config: NodeConfig, { inode, init }: Running): string {
  return createHash("sha256")
    .update(JSON.stringify([config, inode, init]))
    .digest("hex");
}

/** Runs `ip -batch` lines in a node's network namespace. */
export async function applyAddresses(lab: Lab, node: string, lines: readonly string[]): Promise<void> {
  await run("ip", ["-netns", namespaceOf(lab, node), "-batch", "-"], { input: `${lines.join("\n")}\n` });
}

/** Starts a node if it does not run, and waits until it is as far as it can be entered. */
async function startedNode(
  lab: Lab,
  node: string,
  config: NodeConfig,
  running: Running,
  base: string,
): Promise<Running> {
  const folder = join(labPaths(lab).node(node), "bird");
  const signs = (config.bird === undefined ? ["ready"] : ["ready", "bird.ctl"]).map((name) => join(folder, name));
  let child: ChildProcess | undefined;
  if (running.init === undefined) {
    await Promise.all(signs.map((path) => rm(path, { force: true })));
    child = await startNode(lab, node, base, config.bird === undefined ? "idle" : "bird");
  }
  const deadline = Date.now() + START_TIMEOUT;
  while (!signs.every((path) => existsSync(path))) {
    if (typeof child?.exitCode === "number" || Date.now() > deadline) {
      throw new Error(
        `${node} does not start. Last lines of ${labPaths(lab).log(node)}:\n${await lastWords(lab, node)}`,
      );
    }
    await sleep(10);
  }
  const now = inspectNode(lab, node);
  if (now?.init === undefined) throw new Error(`${node} does not run. See ${labPaths(lab).log(node)}`);
  return now;
}

async function reconfigure(node: string, init: number): Promise<void> {
  const answer = await run("nsenter", entering(init, ["birdc", "configure"]));
  if (!/^Reconfigur(ed|ation in progress)/m.test(answer)) throw new Error(`BIRD of ${node} refuses:\n${answer.trim()}`);
}
