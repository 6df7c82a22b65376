import * as pulumi from "@pulumi/pulumi";
import type { AnycastSite } from "./anycast-site.ts";

/**
 * What lies between two waves (safety 9). It opens when every site of its wave was applied, which an apply is when all was well and
 * stayed so for `rollout.soak`. The next wave waits for this one resource, not for each site: what is declared grows with the number of
 * sites, and not with its square. Its value tells what the sites were when it opened.
 */
export function gate(name: string, wave: readonly AnycastSite[], parent: pulumi.Resource): pulumi.Resource {
  const applied = pulumi.all(wave.map(({ inventory }) => inventory));
  const input = applied.apply((sites) => Object.fromEntries(sites.map((site) => [site.name, site.manifestDigest])));
  return new pulumi.Stash(name, { input }, { parent, dependsOn: wave.map((site) => site.applied) });
}
