import * as pulumi from "@pulumi/pulumi";

/**
 * What lies between two waves (safety 9). It opens when every site of its wave was applied, which an apply is when all was well and
 * stayed so for `rollout.soak`, and SSH still reached the canaries when the firewall in front of them had closed. The next wave waits for this one resource, not for each site: what is declared grows with the number of
 * sites, and not with its square. It stands for the sites' names alone, so that it changes with the wave and not with what is applied.
 */
export function gate(
  name: string,
  wave: readonly string[],
  done: readonly pulumi.Resource[],
  parent: pulumi.Resource,
): pulumi.Resource {
  return new pulumi.Stash(name, { input: [...wave] }, { parent, dependsOn: [...done] });
}
