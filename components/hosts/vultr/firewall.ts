import type * as pulumi from "@pulumi/pulumi";
import { PROFILES } from "../../../model/profiles.ts";
import type { NetworkConfig } from "../../../model/schema.ts";
import type { FirewallNames } from "../../../model/vultr/firewall.ts";
import { cloudFirewall, type CloudFirewallRule } from "../../../render/cloud-firewall.ts";
import type { SharedFirewall } from "../shared-firewall.ts";
import { FirewallGroup, FirewallOpenings, FirewallRules } from "./resources.ts";

/** A firewall group at Vultr: one of the two of a network. */
export class VultrFirewall implements SharedFirewall {
  readonly groupId: pulumi.Output<string>;
  /** Done when all that its servers need is open: a server is never behind half of it. */
  readonly opened: pulumi.Resource;
  readonly rules: string;
  private readonly group: FirewallGroup;
  private readonly names: FirewallNames;
  private readonly wanted: readonly CloudFirewallRule[];
  private readonly opts: pulumi.CustomResourceOptions;
  private isClosed = false;

  /** @param shared names the network on the account's pages */
  constructor(names: FirewallNames, shared: string, network: NetworkConfig, opts: pulumi.CustomResourceOptions) {
    this.names = names;
    this.wanted = cloudFirewall(network, PROFILES.vultr);
    this.rules = JSON.stringify(this.wanted);
    const description = [shared, names.mark].join(" ").trim();
    this.group = new FirewallGroup(names.group, { description }, opts);
    this.opts = { ...opts, deletedWith: this.group };
    this.groupId = this.group.id;
    this.opened = new FirewallOpenings(names.openings, { groupId: this.groupId, rules: this.wanted }, this.opts);
  }

  close(after: readonly pulumi.Resource[]): pulumi.Resource | undefined {
    if (this.isClosed) return undefined;
    this.isClosed = true;
    return new FirewallRules(
      this.names.rules,
      { groupId: this.groupId, rules: this.wanted },
      { ...this.opts, dependsOn: [...after] },
    );
  }
}
