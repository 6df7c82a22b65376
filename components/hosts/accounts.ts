import * as metal from "@pulumi/equinix-metal";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkPlan } from "../../model/plan.ts";
import { PROFILES } from "../../model/profiles.ts";
import { VultrAccount } from "./vultr/account.ts";

/** What the hosts at Equinix Metal share. */
export interface EquinixMetalAccount {
  readonly projectId: pulumi.Output<string>;
  readonly sshKeyIds: pulumi.Output<string>[];
}

/** What the hosts of one cloud share: made when the first of them is, and not at all without one. */
export class CloudAccounts {
  private readonly name: string;
  private readonly plan: NetworkPlan;
  private readonly authorizedKeys: readonly pulumi.Output<string>[];
  private readonly passwords: pulumi.Output<Record<string, string>>;
  private readonly opts: pulumi.CustomResourceOptions;
  private atVultr: VultrAccount | undefined;
  private atEquinixMetal: EquinixMetalAccount | undefined;

  constructor(
    name: string,
    args: {
      plan: NetworkPlan;
      authorizedKeys: readonly pulumi.Output<string>[];
      passwords: pulumi.Output<Record<string, string>>;
    },
    parent: pulumi.Resource | undefined,
  ) {
    this.name = name;
    this.plan = args.plan;
    this.authorizedKeys = args.authorizedKeys;
    this.passwords = args.passwords;
    this.opts = parent === undefined ? {} : { parent };
  }

  get vultr(): VultrAccount {
    this.atVultr ??= new VultrAccount(this.name, { plan: this.plan, authorizedKeys: this.authorizedKeys }, this.opts);
    return this.atVultr;
  }

  get equinixMetal(): EquinixMetalAccount {
    this.atEquinixMetal ??= this.makeEquinixMetal();
    return this.atEquinixMetal;
  }

  private makeEquinixMetal(): EquinixMetalAccount {
    const project = new metal.Project(
      `${this.name}-equinix-metal`,
      {
        name: `pulumi-anycast ${this.name}`,
        bgpConfig: {
          deploymentType: "global",
          asn: this.plan.config.asn,
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
