import * as pulumi from "@pulumi/pulumi";
import { PROFILES } from "../../../model/profiles.ts";
import type { NetworkConfig } from "../../../model/schema.ts";
import { keyName, sharedName } from "../../../model/vultr/tags.ts";
import { cloudFirewall } from "../../../render/cloud-firewall.ts";
import { VultrCatalog } from "./catalog.ts";
import { FirewallGroup, FirewallRules, SshKey } from "./resources.ts";

/** What the hosts of a network at Vultr share. */
export class VultrAccount {
  readonly catalog = new VultrCatalog();
  private readonly name: string;
  private readonly network: NetworkConfig;
  private readonly authorizedKeys: readonly pulumi.Output<string>[];
  private readonly opts: pulumi.CustomResourceOptions;
  private keyIds: pulumi.Output<string>[] | undefined;
  private group: pulumi.Output<string> | undefined;

  constructor(
    name: string,
    args: { readonly network: NetworkConfig; readonly authorizedKeys: readonly pulumi.Output<string>[] },
    opts: pulumi.CustomResourceOptions,
  ) {
    this.name = name;
    this.network = args.network;
    this.authorizedKeys = args.authorizedKeys;
    this.opts = opts;
  }

  /** The keys that a new server lets in; made with the first server. */
  get sshKeyIds(): pulumi.Output<string>[] {
    this.keyIds ??= this.authorizedKeys.map(
      (sshKey, index) =>
        new SshKey(
          `${this.name}-vultr-key-${index}`,
          { name: keyName(this.shared, index), sshKey: sshKey.apply((key) => key.trim()) },
          this.opts,
        ).id,
    );
    return this.keyIds;
  }

  /** The firewall group of the virtual machines; bare metal has none. Made with the first of them. */
  get firewall(): pulumi.Output<string> {
    this.group ??= this.makeFirewall();
    return this.group;
  }

  private makeFirewall(): pulumi.Output<string> {
    const group = new FirewallGroup(`${this.name}-vultr`, { description: this.shared }, this.opts);
    const rules = new FirewallRules(
      `${this.name}-vultr-rules`,
      { groupId: group.id, rules: cloudFirewall(this.network, PROFILES.vultr) },
      { ...this.opts, deletedWith: group },
    );
    // Known when all rules are there: a host is never behind half of them.
    return pulumi.all([group.id, rules.id]).apply(([id]) => id);
  }

  private get shared(): string {
    return sharedName(pulumi.getProject(), pulumi.getStack(), this.name);
  }
}
