import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { HostFacts } from "../../model/host.ts";
import type { NetworkConfig } from "../../model/schema.ts";
import type { CloudAccounts } from "./accounts.ts";
import type { SitePlan } from "../../model/plan.ts";

/** Where and as whom SSH reaches a host. The host key is always pinned. */
export interface Management {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** As in `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
}

/** A host of any provider: all that the rest of a site needs to know of it. */
export interface Host {
  /** The cloud's own resource; undefined when the host is not ours to make. */
  readonly resource: pulumi.CustomResource | undefined;
  readonly management: pulumi.Output<Management>;
  /** The user that SSH logs in as; anyone but root needs sudo without a password. */
  readonly user: string;
  /** How the `command` resources reach it; secret. */
  readonly connection: pulumi.Output<command.types.input.remote.ConnectionArgs>;
  readonly facts: pulumi.Output<HostFacts>;
  /** The password that the provider gave for its BGP sessions; undefined when the operator has to configure it. */
  readonly bgpPassword: pulumi.Output<string> | undefined;
}

/** What an adapter is given to make a host. */
export interface HostArgs {
  readonly network: NetworkConfig;
  readonly site: SitePlan;
  /** The operator's private SSH key; undefined to use the SSH agent. */
  readonly sshPrivateKey: pulumi.Output<string> | undefined;
  /** The public SSH keys that a host made by us lets in. */
  readonly authorizedKeys: pulumi.Output<string[]>;
  /** What the hosts of one cloud share. */
  readonly accounts: CloudAccounts;
}
