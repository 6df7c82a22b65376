import * as pulumi from "@pulumi/pulumi";
import type { AgentBundle } from "../agent/version.ts";
import { ConfigError } from "../model/config-error.ts";
import { inventorySchema, type Inventory, type SiteInventory } from "../model/inventory.ts";
import { planNetwork } from "../model/plan-network.ts";
import { needsPassword, type NetworkPlan, type SitePlan } from "../model/plan.ts";
import type { Policy } from "../model/policy.ts";
import type { NetworkInput } from "../model/schema.ts";
import { agentBundle } from "./agent-bundle.ts";
import { authorizedKeys } from "./authorized-keys.ts";
import { refuseUnchecked } from "./check-registries.ts";
import { circumstances } from "./circumstances.ts";
import { appliedManifests, appliedOutputs, type AppliedManifests } from "./deployed.ts";
import { heartbeatKeys, type HeartbeatKeys } from "./heartbeat-keys.ts";
import { CloudAccounts } from "./hosts/accounts.ts";
import { adapterProblems } from "./hosts/custom.ts";
import type { HostAdapter } from "./hosts/host.ts";
import type { HostPreparation } from "./hosts/preparation.ts";
import { missingPassword } from "./missing-password.ts";
import { RemoteWatch } from "./remote-watch.ts";
import { refuseStandIn } from "./stand-in.ts";
import { refuseMissingPlugin } from "./vultr-plugin.ts";
import { readZones } from "./zones.ts";

/** What an anycast network is made from. */
export interface AnycastNetworkArgs {
  /** The network as in the stack file, `anycast:network`. Plain: it decides which resources there are. */
  readonly network: NetworkInput;
  /** Site → what makes its host. For exactly the sites with `provider: custom`. Default: none. */
  readonly hosts?: Readonly<Record<string, HostAdapter>> | undefined;
  /** What is done on each host before the site is changed, as to install a service of kind `external`. Default: nothing. */
  readonly prepare?: HostPreparation | undefined;
  /** The operator's private SSH key, PEM; hosts made by us let its public half in. Default: the keys of the SSH agent. Not needed in the lab. */
  readonly sshPrivateKey?: pulumi.Input<string> | undefined;
  /** Site, or the account of its profile (as `vultr`) → the password of its BGP sessions, where the provider does not tell it. */
  readonly bgpPasswords?: pulumi.Input<Record<string, string>> | undefined;
  /** Rules beside those that `network.policy` names; a plan that breaks one is refused before anything is made. Default: none. */
  readonly policies?: readonly Policy[] | undefined;
  /** What signs the heartbeats between sites: 32 octets in base64. Default: derived from `sshPrivateKey`, or from the lab's. */
  readonly heartbeatKey?: pulumi.Input<string> | undefined;
  /** A key that is accepted too, while the key is being changed. Default: none. */
  readonly heartbeatKeyNext?: pulumi.Input<string> | undefined;
}

/**
 * What the sites of one network share: the plan, the zones, the agent, the keys and the accounts at the clouds. `AnycastNetwork`
 * makes it itself; a program that declares each `AnycastSite` itself makes one for all of them.
 */
export class NetworkContext {
  /** All that follows from the configuration. */
  readonly plan: NetworkPlan;
  /** @internal Zone name → content of the zone file. */
  readonly zones: Readonly<Record<string, string>>;
  /** @internal The agent for the hosts. */
  readonly agent: pulumi.Output<AgentBundle>;
  /** @internal The operator's private SSH key, secret; undefined to use the SSH agent. */
  readonly sshPrivateKey: pulumi.Output<string> | undefined;
  /** @internal The public SSH keys that a host made by us lets in. */
  readonly authorizedKeys: pulumi.Output<string[]>;
  /** What signs heartbeats; undefined when there is no key, so that the sites exchange none. */
  readonly heartbeatKeys: HeartbeatKeys | undefined;
  /** @internal Site → what makes its host, where the program does. */
  readonly hosts: Readonly<Record<string, HostAdapter>>;
  /** @internal What is done on each host before the site is changed. */
  readonly prepare: HostPreparation;
  /** @internal What the hosts of one cloud share. */
  readonly accounts: CloudAccounts;
  /** @internal What was applied to the sites last. In a preview only; else nothing. */
  readonly applied: Promise<AppliedManifests>;
  /** @internal Says which site an update waits for. */
  readonly watch: RemoteWatch;
  /** @internal What each apply printed before this run. In a preview nothing. */
  readonly outputs: Promise<ReadonlyMap<string, unknown>>;
  private readonly passwords: pulumi.Output<Record<string, string>>;

  /**
   * @param name what the names of shared resources start with
   * @param parent the component that they belong to; default: none
   * @throws RunError in the user's words: every problem of the network with its path, a zone file that is not there, a password or a key that is
   * missing, a stand-in of the lab where the Internet is meant
   */
  constructor(name: string, args: AnycastNetworkArgs, parent?: pulumi.Resource) {
    this.hosts = args.hosts ?? {};
    this.prepare = args.prepare ?? (() => []);
    ({ plan: this.plan, zones: this.zones } = read(args, this.hosts));
    const { config, sites, warnings } = this.plan;
    for (const warning of warnings) void pulumi.log.warn(warning, parent);
    refuseStandIn(this.plan);
    refuseMissingPlugin(this.plan);
    refuseUnchecked(this.plan);
    const withoutPassword = sites.find((site) => !tellsPassword(site) && needsPassword(site));
    if (withoutPassword !== undefined && args.bgpPasswords === undefined) throw missingPassword(withoutPassword);
    const made = sites.find(({ host }) => !["lab", "existing", "custom"].includes(host.provider));
    if (made !== undefined && args.sshPrivateKey === undefined && config.management.sshKeys.length === 0) {
      throw new pulumi.RunError(
        `The host of site '${made.name}' is made by us, and nobody could log in to it. ` +
          "Set a key: pulumi config set --secret anycast:sshPrivateKey < key (or name public keys in management.sshKeys)",
      );
    }

    this.watch = new RemoteWatch();
    this.agent = pulumi.output(agentBundle());
    this.applied = pulumi.runtime.isDryRun() ? appliedManifests() : Promise.resolve(new Map());
    this.outputs = pulumi.runtime.isDryRun() ? Promise.resolve(new Map()) : appliedOutputs();
    this.passwords = pulumi.output(args.bgpPasswords ?? {});
    this.sshPrivateKey = args.sshPrivateKey === undefined ? undefined : pulumi.secret(args.sshPrivateKey);
    const keys = authorizedKeys(config, this.sshPrivateKey);
    this.authorizedKeys = pulumi.all(keys);
    this.accounts = new CloudAccounts(
      name,
      { plan: this.plan, authorizedKeys: keys, passwords: this.passwords },
      parent,
    );
    this.heartbeatKeys = heartbeatKeys(this.plan, args);
    if (this.heartbeatKeys === undefined)
      void pulumi.log.warn(
        "The sites exchange no heartbeats, so that none knows whether others still announce (safety 1): there is no key. " +
          "Set one: openssl rand -base64 32 | pulumi config set --secret anycast:heartbeatKey",
        parent,
      );
  }

  /**
   * The plan of one site.
   *
   * @throws RunError when the network has none by that name
   */
  site(name: string): SitePlan {
    const found = this.plan.sites.find((site) => site.name === name);
    if (found !== undefined) return found;
    const known = this.plan.sites.map((site) => site.name).join(", ");
    throw new pulumi.RunError(`The network has no site '${name}' (${known})`);
  }

  /**
   * The network's inventory.
   *
   * @param sites those that are known: of this stack, and of others that make more of the network
   */
  inventory(sites: readonly SiteInventory[]): Inventory {
    const { config, floor, waves } = this.plan;
    return inventorySchema.parse({
      asn: config.asn,
      prefixes: config.prefixes.map(({ cidr }) => cidr),
      services: Object.fromEntries(
        Object.entries(config.services).map(([service, { kind, addresses }]) => [service, { kind, addresses }]),
      ),
      floor,
      waves,
      sites: Object.fromEntries(sites.map((site) => [site.name, site])),
    });
  }

  /** @internal The password of a site's BGP sessions, where the operator configured one. */
  bgpPassword({ name, profile }: SitePlan): pulumi.Output<string | undefined> {
    return this.passwords.apply((all) => all[name] ?? all[profile.account]);
  }
}

/** Whether what makes the host may know the password of its sessions. */
function tellsPassword({ host }: SitePlan): boolean {
  return host.provider === "lab" || host.provider === "custom";
}

function read(
  { network, policies }: AnycastNetworkArgs,
  hosts: Readonly<Record<string, HostAdapter>>,
): { plan: NetworkPlan; zones: Record<string, string> } {
  try {
    const plan = planNetwork(network, circumstances(), policies);
    const problems = adapterProblems(plan, Object.keys(hosts));
    if (problems.length > 0) throw new ConfigError(problems);
    return { plan, zones: readZones(plan.config) };
  } catch (error) {
    if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
