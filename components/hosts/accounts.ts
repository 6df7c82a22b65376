import * as metal from "@pulumi/equinix-metal";
import * as vultr from "@ediri/vultr";
import * as pulumi from "@pulumi/pulumi";
import { PROFILES } from "../../model/profiles.ts";
import type { NetworkConfig } from "../../model/schema.ts";
import { cloudFirewall } from "../../render/cloud-firewall.ts";
import { VultrCatalog } from "./vultr-catalog.ts";

/** What the hosts at Vultr share. */
export interface VultrAccount {
  readonly catalog: VultrCatalog;
  readonly sshKeyIds: pulumi.Output<string>[];
}

/** What the hosts at Equinix Metal share. */
export interface EquinixMetalAccount {
  readonly projectId: pulumi.Output<string>;
  readonly sshKeyIds: pulumi.Output<string>[];
}

/** What the hosts of one cloud share: made when the first of them is, and not at all without one. */
export class CloudAccounts {
  private readonly name: string;
  private readonly network: NetworkConfig;
  private readonly authorizedKeys: readonly pulumi.Output<string>[];
  private readonly passwords: pulumi.Output<Record<string, string>>;
  private readonly opts: pulumi.CustomResourceOptions;
  private atVultr: VultrAccount | undefined;
  private vultrGroup: pulumi.Output<string> | undefined;
  private atEquinixMetal: EquinixMetalAccount | undefined;

  constructor(
    name: string,
    args: {
      network: NetworkConfig;
      authorizedKeys: readonly pulumi.Output<string>[];
      passwords: pulumi.Output<Record<string, string>>;
    },
    parent: pulumi.Resource | undefined,
  ) {
    this.name = name;
    this.network = args.network;
    this.authorizedKeys = args.authorizedKeys;
    this.passwords = args.passwords;
    this.opts = parent === undefined ? {} : { parent };
  }

  get vultr(): VultrAccount {
    this.atVultr ??= {
      catalog: new VultrCatalog(),
      sshKeyIds: this.authorizedKeys.map(
        (sshKey, index) =>
          new vultr.SSHKey(`${this.name}-vultr-key-${index}`, { name: `${this.name}-${index}`, sshKey }, this.opts).id,
      ),
    };
    return this.atVultr;
  }

  /** The firewall group of the virtual machines; bare metal has none. */
  get vultrFirewall(): pulumi.Output<string> {
    this.vultrGroup ??= this.makeVultrFirewall();
    return this.vultrGroup;
  }

  get equinixMetal(): EquinixMetalAccount {
    this.atEquinixMetal ??= this.makeEquinixMetal();
    return this.atEquinixMetal;
  }

  private makeVultrFirewall(): pulumi.Output<string> {
    const group = new vultr.FirewallGroup(
      `${this.name}-vultr`,
      { description: `pulumi-anycast ${this.name}` },
      this.opts,
    );
    const rules = cloudFirewall(this.network, PROFILES.vultr).map(({ key, family, protocol, port, from, note }) => {
      const [subnet = "", size] = from.split("/");
      return new vultr.FirewallRule(
        `${this.name}-vultr-${key}`,
        {
          firewallGroupId: group.id,
          ipType: `v${family}`,
          protocol,
          subnet,
          subnetSize: Number(size),
          ...(port === undefined ? {} : { port: String(port) }),
          notes: note,
        },
        { ...this.opts, deletedWith: group },
      );
    });
    // Known when all rules are there: a host is never behind half of them.
    return pulumi.all([group.id, ...rules.map(({ id }) => id)]).apply(([id]) => id ?? "");
  }

  private makeEquinixMetal(): EquinixMetalAccount {
    const project = new metal.Project(
      `${this.name}-equinix-metal`,
      {
        name: `pulumi-anycast ${this.name}`,
        bgpConfig: {
          deploymentType: "global",
          asn: this.network.asn,
          md5: pulumi.secret(this.passwords.apply((all) => all[PROFILES.equinixMetal.account] ?? "")),
        },
      },
      this.opts,
    );
    return {
      projectId: project.id,
      sshKeyIds: this.authorizedKeys.map(
        (publicKey, index) =>
          new metal.ProjectSshKey(
            `${this.name}-equinix-metal-key-${index}`,
            { name: `${this.name}-${index}`, projectId: project.id, publicKey },
            this.opts,
          ).id,
      ),
    };
  }
}
