import * as pulumi from "@pulumi/pulumi";
import type { Inventory } from "../model/inventory.ts";
import { AnycastSite } from "./anycast-site.ts";
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
      if (index < plan.waves.length - 1) after = [gate(`${name}-gate-${index + 1}`, wave, members, this)];
    }
    introduceSites(sites, context.heartbeatKeys);

    this.inventory = pulumi
      .all([...sites.values()].map(({ inventory }) => inventory))
      .apply((inventories) => context.inventory(inventories));
    this.registerOutputs({ inventory: this.inventory });
  }
}
