import * as pulumi from "@pulumi/pulumi";
import type { Inventory } from "../model/inventory.ts";
import { AnycastSite } from "./anycast-site.ts";
import { closeFirewalls } from "./close-firewalls.ts";
import { gate } from "./gate.ts";
import { introduceSites } from "./heartbeats.ts";
import { NetworkContext, type AnycastNetworkArgs } from "./network-context.ts";

export type { AnycastNetworkArgs } from "./network-context.ts";

/** An anycast network: the same prefixes announced, and the same services given, at every site. */
export class AnycastNetwork extends pulumi.ComponentResource {
  /** What is announced where, by what; see `model/inventory.ts`. */
  readonly inventory: pulumi.Output<Inventory>;

  constructor(name: string, args: AnycastNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("anycast:index:AnycastNetwork", name, {}, opts);
    const context = new NetworkContext(name, args, this);
    const { plan } = context;
    const sites = new Map<string, AnycastSite>();
    let after: pulumi.Resource[] = [];
    for (const [index, wave] of plan.waves.entries()) {
      const members = plan.sites
        .filter((site) => wave.includes(site.name))
        .map((site) => {
          const created = new AnycastSite(
            `${name}-${site.name}`,
            { context, site: site.name, after },
            { parent: this },
          );
          sites.set(site.name, created);
          return created;
        });
      if (index === plan.waves.length - 1) continue;
      const done = members.map(({ applied }) => applied);
      // The canaries are behind a firewall of their own: what it closes is closed, and looked at, before the others' does.
      if (index === 0)
        done.push(
          ...closeFirewalls(members).flatMap(({ closed, sites: own }) => own.map((site) => site.reach(closed))),
        );
      after = [gate(`${name}-gate-${index + 1}`, wave, done, this)];
    }
    introduceSites(sites, context.heartbeatKeys);

    this.inventory = pulumi
      .all([...sites.values()].map(({ inventory }) => inventory))
      .apply((inventories) => context.inventory(inventories));
    this.registerOutputs({ inventory: this.inventory });
  }
}
