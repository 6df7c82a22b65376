import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { HostFacts } from "../../model/host.ts";
import type { NeighborInput, NetworkConfig } from "../../model/schema.ts";
import type { CloudAccounts } from "./accounts.ts";
import type { RemoteWatch } from "../remote-watch.ts";
import type { SharedFirewall } from "./shared-firewall.ts";
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
  /** The provider's firewall in front of it. Default: none, or none of ours. */
  readonly firewall?: SharedFirewall | undefined;
  /** Has the provider forget what its hosts have read at their first boot, when all of them are declared. Default: it remembers nothing. */
  readonly endFirstContacts?: (() => void) | undefined;
}

/** What an adapter is given to make a host. */
export interface HostAdapterArgs {
  /** The network, parsed: all defaults filled in. */
  readonly network: NetworkConfig;
  /** The site that the host is for. */
  readonly site: SitePlan;
  /** The operator's private SSH key; undefined to use the SSH agent. */
  readonly sshPrivateKey: pulumi.Output<string> | undefined;
  /** The public SSH keys that a host made by us lets in. */
  readonly authorizedKeys: pulumi.Output<string[]>;
  /** @internal Says that a run waits for the host. */
  readonly watch: RemoteWatch;
}

/** What the adapters of this project are given. */
export interface HostArgs extends HostAdapterArgs {
  /** What the hosts of one cloud share. */
  readonly accounts: CloudAccounts;
  /** The program's own adapter for the site, if it has one. */
  readonly adapter: HostAdapter | undefined;
}

/** What an adapter of one's own tells of the host that it made, or found. */
export interface AdaptedHost {
  /** The resource that the host is: what is done on the host is done again on another one, and goes with it. Default: the host is not ours to make. */
  readonly resource?: pulumi.CustomResource | undefined;
  /** Where SSH reaches the host: an IP address or a domain name; never inside an announced prefix (safety 13). */
  readonly address: pulumi.Input<string>;
  /** Of SSH. Default 22. */
  readonly port?: pulumi.Input<number> | undefined;
  /** The user that SSH logs in as; anyone but root needs sudo without a password. Default `root`. */
  readonly user?: string | undefined;
  /** The host's public key, as in `ssh-ed25519 AAAA…`. Always pinned. */
  readonly hostKey: pulumi.Input<string>;
  /** The host's own IPv4 address: the source of its sessions, and its router id. Default: `address`, when that is one. */
  readonly ipv4?: pulumi.Input<string> | undefined;
  /** The host's own IPv6 address: the source of its sessions. Default: none. */
  readonly ipv6?: pulumi.Input<string> | undefined;
  /** The provider's BGP speakers, where they are known only now. Default: those in the site's configuration. */
  readonly neighbors?: pulumi.Input<NeighborInput[]> | undefined;
  /** The password of the sessions, where the provider tells it; `bgpPasswords` goes before it. Default: none. */
  readonly bgpPassword?: pulumi.Input<string> | undefined;
}

/**
 * Makes the host of a site with `provider: custom`: Debian 12 or 13 that SSH reaches.
 *
 * @param name what the names of its resources start with
 * @param opts of each resource: they belong to the site
 */
export type HostAdapter = (name: string, args: HostAdapterArgs, opts: pulumi.CustomResourceOptions) => AdaptedHost;
