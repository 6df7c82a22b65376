import * as pulumi from "@pulumi/pulumi";
import type { AgentBundle } from "../agent/version.ts";
import { ConfigError } from "../model/config-error.ts";
import { inventorySchema, type Inventory, type SiteInventory } from "../model/inventory.ts";
import { planNetwork } from "../model/plan-network.ts";
import { needsPassword, type NetworkPlan, type SitePlan } from "../model/plan.ts";
import type { Policy } from "../model/policy.ts";
import type { NetworkInput } from "../model/schema.ts";
import type { StateResource } from "../model/vultr/state.ts";
import { agentBundle } from "./agent-bundle.ts";
import { authorizedKeys } from "./authorized-keys.ts";
import { refuseUnchecked } from "./check-registries.ts";
import { circumstances } from "./circumstances.ts";
import { appliedManifests, givenKeys, printedBefore, readStack, type AppliedManifests } from "./deployed.ts";
import { HeartbeatKeys } from "./heartbeat-keys.ts";
import { CloudAccounts } from "./hosts/accounts.ts";
import { adapterProblems } from "./hosts/custom.ts";
import type { HostAdapter } from "./hosts/host.ts";
import type { HostPreparation } from "./hosts/preparation.ts";
import { Login } from "./login.ts";
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
  /** The stack's private SSH key, PEM; every host lets its public half in. Default: the keys of the SSH agent. Not needed in the lab. */
  readonly sshPrivateKey?: pulumi.Input<string> | undefined;
  /** Site, or the account of its profile (as `vultr`) → the password of its BGP sessions, where the provider does not tell it. */
  readonly bgpPasswords?: pulumi.Input<Record<string, string>> | undefined;
  /** Rules beside those that `network.policy` names; a plan that breaks one is refused before anything is made. Default: none. */
  readonly policies?: readonly Policy[] | undefined;
  /**
   * What signs the heartbeats between sites: 32 octets in base64. Default: made by the first update, and kept as a secret in the state. A network
   * of several stacks needs the same in all of them.
   */
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
  /** @internal By what this run logs in to hosts. */
  readonly login: Login;
  /** @internal The public SSH keys that a host lets in. */
  readonly authorizedKeys: pulumi.Output<string[]>;
  /** @internal Site → what makes its host, where the program does. */
  readonly hosts: Readonly<Record<string, HostAdapter>>;
  /** @internal What is done on each host before the site is changed. */
  readonly prepare: HostPreparation;
  /** @internal What the hosts of one cloud share. */
  readonly accounts: CloudAccounts;
  /** @internal The stack's own resources before this run; none where the state cannot be read. */
  readonly deployed: Promise<readonly StateResource[]>;
  /** @internal What was applied to the sites last. In a preview only; else nothing. */
  readonly applied: Promise<AppliedManifests>;
  /** @internal Says which site an update waits for. */
  readonly watch: RemoteWatch;
  /** @internal What each command on a host printed before this run. In a preview nothing. */
  readonly outputs: Promise<ReadonlyMap<string, unknown>>;
  private readonly makeHeartbeatKeys: () => HeartbeatKeys;
  private madeHeartbeatKeys: HeartbeatKeys | undefined;
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
    const state = readStack();
    // Unreadable, it is refused by `checkFirst`, and where it decides what is done.
    const known = state.catch((): readonly StateResource[] => []);
    this.deployed = known;
    this.applied = pulumi.runtime.isDryRun() ? known.then(appliedManifests) : Promise.resolve(new Map());
    this.outputs = pulumi.runtime.isDryRun() ? Promise.resolve(new Map()) : known.then(printedBefore);
    this.passwords = pulumi.output(args.bgpPasswords ?? {});
    const privateKey =
      args.sshPrivateKey === undefined
        ? undefined
        : // One more newline at its end changes nothing.
          pulumi.secret(args.sshPrivateKey).apply((key) => key.trimEnd());
    this.login = new Login(privateKey, known.then(givenKeys));
    const keys = authorizedKeys(config, privateKey);
    this.authorizedKeys = pulumi.all(keys);
    this.accounts = new CloudAccounts(
      name,
      { plan: this.plan, authorizedKeys: keys, passwords: this.passwords },
      parent,
    );
    const given = { key: args.heartbeatKey, next: args.heartbeatKeyNext };
    this.makeHeartbeatKeys = () => new HeartbeatKeys(name, given, state, parent);
  }

  /** What signs heartbeats. */
  get heartbeatKeys(): HeartbeatKeys {
    return (this.madeHeartbeatKeys ??= this.makeHeartbeatKeys());
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
