import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import type { Manifest } from "../../model/manifest.ts";
import { MARKER_INTERFACE, PATHS } from "../../model/paths.ts";
import { siteTree, type SiteTree } from "../golden/tree.ts";
import { Birdc } from "./birdc.ts";
import { until } from "./until.ts";

/** Addresses of the two ends; the edge's own are those of the profile `vultr`, one hop behind them. */
const LINK = { site: ["192.0.2.10/24", "2001:db8:1::10/64"], edge: ["192.0.2.1/24", "2001:db8:1::1/64"] } as const;
const SPEAKERS = ["169.254.169.254/32", "2001:19f0:ffff::1/128"] as const;

/** A running BIRD. */
export interface Router {
  readonly namespace: string;
  readonly birdc: Birdc;
  readonly tree: SiteTree;
  /** The process id of BIRD itself, for faults. */
  pid(): Promise<number>;
}

/** A site with its rendered files in force, and its provider's edge router, connected by a cable in namespaces of their own. */
export interface BackToBack {
  readonly site: Router;
  readonly edge: Router;
  /** Runs `ip` at the site: what the agent does to markers. */
  ip(...argv: readonly string[]): Promise<void>;
  /** Replaces the site's `bird.conf` or secrets and makes BIRD read them; the reply. */
  configure(command: string, files: Readonly<Record<string, string>>): Promise<string>;
  /** Starts the site's BIRD again after it was killed. */
  restartSite(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Sets both up.
 *
 * @param files of the site, secrets included
 * @param edge the edge's `bird.conf`
 */
export async function backToBack(files: Manifest["files"], edge: string): Promise<BackToBack> {
  const names = { site: `contract-${process.pid}-site`, edge: `contract-${process.pid}-edge` };
  const cleanUp: (() => Promise<unknown>)[] = [];
  const remove = async (): Promise<void> => {
    for (const step of cleanUp.splice(0).toReversed()) await step();
  };
  try {
    for (const namespace of Object.values(names)) {
      await execa("ip", ["netns", "add", namespace]);
      cleanUp.push(() => execa("ip", ["netns", "del", namespace]));
    }
    await cable(names);
    const started: Router[] = [];
    for (const [namespace, content] of [
      [names.edge, { [PATHS.bird]: { content: edge, mode: "0644", owner: "root:root" } }],
      [names.site, files],
    ] as const) {
      const tree = await siteTree(content);
      cleanUp.push(() => tree.remove());
      if (namespace === names.site) await inForce(tree, namespace, files);
      started.push(await router(tree, namespace, cleanUp));
    }
    const [edgeRouter, siteRouter] = started as [Router, Router];
    let site = siteRouter;
    return {
      get site() {
        return site;
      },
      edge: edgeRouter,
      remove,
      ip: async (...argv) => {
        await execa("ip", ["-netns", names.site, ...argv]);
      },
      configure: async (command, changed) => {
        for (const [path, content] of Object.entries(changed)) await site.tree.replace(path, content);
        return site.birdc.ask(command);
      },
      restartSite: async () => {
        site = await router(site.tree, names.site, cleanUp);
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function cable({ site, edge }: { site: string; edge: string }): Promise<void> {
  await execa("ip", ["link", "add", "eth0", "netns", site, "type", "veth", "peer", "name", "eth0", "netns", edge]);
  const lines = (end: "site" | "edge"): string[] => [
    ...LINK[end].map((address) => `address add ${address} dev eth0 ${address.includes(":") ? "nodad" : ""}`),
    "link set lo up",
    "link set eth0 up",
  ];
  const batch = (namespace: string, input: string[]) => execa("ip", ["-netns", namespace, "-batch", "-"], { input: input.join("\n") });
  await batch(edge, [...lines("edge"), ...SPEAKERS.map((address) => `address add ${address} dev lo`)]);
  await batch(site, [...lines("site"), "route add default via 192.0.2.1", "route add default via 2001:db8:1::1"]);
}

/** What the network unit does at boot. */
async function inForce(tree: SiteTree, namespace: string, files: Manifest["files"]): Promise<void> {
  const unit = files[PATHS.networkUnit]?.content ?? "";
  const commands = [...unit.matchAll(/^ExecStart=(.*)$/gm)].map(([, command = ""]) => command);
  const { exitCode, all } = await tree.start(["sh", "-ec", commands.join("\n")], namespace);
  if (exitCode !== 0) throw new Error(`the network unit's commands failed: ${all}`);
}

async function router(tree: SiteTree, namespace: string, cleanUp: (() => Promise<unknown>)[]): Promise<Router> {
  await chmod(tree.run, 0o777);
  const process_ = tree.start(["bird", "-f", "-s", "/run/bird.ctl"], namespace);
  const birdc = await until(`BIRD in ${namespace} answers`, () => Birdc.open(join(tree.run, "bird.ctl")).catch(() => undefined));
  void MARKER_INTERFACE;
  cleanUp.push(async () => {
    birdc.close();
    process_.kill();
    await process_;
  });
  return { namespace, birdc, tree, pid: async () => process_.pid ?? 0 };
}
