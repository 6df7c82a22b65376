import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { BirdClient } from "../../agent/bird/client.ts";
import type { Manifest } from "../../model/manifest.ts";
import { PATHS } from "../../model/paths.ts";
import { siteTree, type SiteTree } from "../golden/tree.ts";
import { unitCommands } from "../golden/unit-commands.ts";
import { until } from "./until.ts";

/** Addresses of the cable's two ends. */
const LINK = { site: ["192.0.2.10/24", "2001:db8:1::10/64"], edge: ["192.0.2.1/24", "2001:db8:1::1/64"] } as const;

/** The edge's addresses for BGP, one hop behind the cable: those of the profile `vultr`. */
const SPEAKERS = ["169.254.169.254/32", "2001:19f0:ffff::1/128"] as const;

/** A running BIRD in a namespace of its own. */
export class Router {
  readonly namespace: string;
  readonly #tree: SiteTree;
  #process: ReturnType<SiteTree["start"]> | undefined;
  #client: BirdClient | undefined;

  constructor(namespace: string, tree: SiteTree) {
    this.namespace = namespace;
    this.#tree = tree;
  }

  /** Runs a shell script among the router's files; throws when it fails. */
  async inTree(script: string): Promise<void> {
    const { exitCode, all } = await this.#tree.start(["sh", "-ec", script], this.namespace);
    if (exitCode !== 0) throw new Error(`in ${this.namespace}: ${all}`);
  }

  /** What a program of the router's own tree prints, whatever its exit status. */
  async output(...argv: readonly string[]): Promise<string> {
    return (await this.#tree.start(argv, this.namespace)).all;
  }

  /** Starts a daemon of the router's own tree; what is returned ends it. */
  daemon(...argv: readonly string[]): () => Promise<unknown> {
    const child = this.#tree.start(argv, this.namespace);
    return async () => {
      child.kill("SIGKILL");
      await child;
    };
  }

  /** Starts BIRD with the files as they were given. */
  async start(): Promise<void> {
    this.#process = this.#tree.start(["bird", "-f", "-s", "/run/bird.ctl"], this.namespace);
    const connect = () => BirdClient.connect(join(this.#tree.run, "bird.ctl")).catch(() => undefined);
    this.#client = await until(`BIRD in ${this.namespace} answers`, connect);
  }

  /** Ends BIRD: `SIGTERM` withdraws properly, `SIGKILL` does not. */
  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.#client?.close();
    this.#process?.kill(signal);
    await this.#process;
  }

  /** BIRD's reply to a command, as text. */
  async ask(command: string): Promise<string> {
    const reply = await this.#client?.ask(command);
    return reply?.lines.join("\n") ?? "";
  }

  /** Replaces a file that the running BIRD sees. */
  async write(path: string, content: string): Promise<void> {
    await writeFile(`/proc/${this.#process?.pid}/root${path}`, content);
  }

  /** The output of a command in the namespace. */
  async run(command: string, ...args: readonly string[]): Promise<string> {
    const { stdout } = await execa("ip", ["netns", "exec", this.namespace, command, ...args]);
    return stdout;
  }
}

/** A site with its rendered files in force and the edge router of its provider, with a cable between them. */
export interface BackToBack {
  readonly site: Router;
  readonly edge: Router;
  remove(): Promise<void>;
}

/**
 * Sets both up, with BIRD running.
 *
 * @param files of the site, secrets included
 * @param edgeConfig the edge's `bird.conf`
 */
export async function backToBack(files: Manifest["files"], edgeConfig: string): Promise<BackToBack> {
  const cleanUp: (() => Promise<unknown>)[] = [];
  const remove = async (): Promise<void> => {
    for (const step of cleanUp.splice(0).toReversed()) await step();
  };
  const router = async (end: "site" | "edge", content: Manifest["files"]): Promise<Router> => {
    const namespace = `contract-${process.pid}-${end}`;
    await execa("ip", ["netns", "add", namespace]);
    cleanUp.push(() => execa("ip", ["netns", "del", namespace]));
    const tree = await siteTree(content);
    cleanUp.push(() => tree.remove());
    const made = new Router(namespace, tree);
    cleanUp.push(() => made.stop("SIGKILL"));
    return made;
  };
  try {
    const edge = await router("edge", { [PATHS.bird]: { content: edgeConfig, mode: "0644", owner: "root:root" } });
    const site = await router("site", files);
    await cable(site.namespace, edge.namespace);
    await site.inTree(unitCommands(files[PATHS.networkUnit]).join("\n"));
    await Promise.all([edge.start(), site.start()]);
    return { site, edge, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function cable(site: string, edge: string): Promise<void> {
  await execa("ip", ["link", "add", "eth0", "netns", site, "type", "veth", "peer", "name", "eth0", "netns", edge]);
  await interfaces(edge, LINK.edge, ...SPEAKERS.map((address) => `address add ${address} dev lo`));
  await interfaces(site, LINK.site, "route add default via 192.0.2.1", "route add default via 2001:db8:1::1");
}

async function interfaces(namespace: string, addresses: readonly string[], ...more: readonly string[]): Promise<void> {
  const lines = [
    "link set lo up",
    "link set eth0 up",
    ...addresses.map((address) => `address add ${address} dev eth0 ${address.includes(":") ? "nodad" : ""}`),
    ...more,
  ];
  await execa("ip", ["-netns", namespace, "-batch", "-"], { input: lines.join("\n") });
}
