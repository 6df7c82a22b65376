import * as pulumi from "@pulumi/pulumi";
import { bundleAgent } from "../agent/bundle.ts";
import { ConfigError } from "../model/config-error.ts";
import { inventorySchema, type Inventory } from "../model/inventory.ts";
import { needsPassword, planNetwork, type NetworkPlan } from "../model/plan.ts";
import type { Policy } from "../model/policy.ts";
import type { NetworkInput } from "../model/schema.ts";
import { AnycastSite, missingPassword } from "./anycast-site.ts";
import { authorizedKeys } from "./authorized-keys.ts";
import { heartbeatKeys, introduceSites, type HeartbeatKeys } from "./heartbeats.ts";
import { CloudAccounts } from "./hosts/accounts.ts";
import { inRehearsal, refuseStandIn } from "./stand-in.ts";
import { readZones } from "./zones.ts";

/** What an {@link AnycastNetwork} is made from. */
export interface AnycastNetworkArgs {
  /** The network as in the stack file, `anycast:network`. Plain: it decides which resources there are. */
  readonly network: NetworkInput;
  /** The operator's private SSH key, PEM; hosts made by us let its public half in. Default: the keys of the SSH agent. Not needed in the lab. */
  readonly sshPrivateKey?: pulumi.Input<string> | undefined;
  /** Site, or the account of its profile (as `vultr`) → the password of its BGP sessions, where the provider does not tell it. */
  readonly bgpPasswords?: pulumi.Input<Record<string, string>> | undefined;
  /** What signs the heartbeats between sites: 32 octets in base64. Default: derived from `sshPrivateKey`, or from the lab's. */
  readonly heartbeatKey?: pulumi.Input<string> | undefined;
  /** Rules beside those that `network.policy` names; a plan that breaks one is refused before anything is made. Default none. */
  readonly policies?: readonly Policy[] | undefined;
  /** A key that is accepted too, while the key is being changed. Default: none. */
  readonly heartbeatKeyNext?: pulumi.Input<string> | undefined;
}

/** An anycast network: the same prefixes announced, and the same services given, at every site. */
export class AnycastNetwork extends pulumi.ComponentResource {
  /** What is announced where, by what; see `model/inventory.ts`. */
  readonly inventory: pulumi.Output<Inventory>;

  constructor(name: string, args: AnycastNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("anycast:index:AnycastNetwork", name, {}, opts);
    const { plan, zones } = this.read(args);
    for (const warning of plan.warnings) void pulumi.log.warn(warning, this);
    refuseStandIn(plan);
    const withoutPassword = plan.sites.find((site) => site.host.provider !== "lab" && needsPassword(site));
    if (withoutPassword !== undefined && args.bgpPasswords === undefined) throw missingPassword(withoutPassword);
    const made = plan.sites.find(({ host }) => host.provider !== "lab" && host.provider !== "existing");
    if (made !== undefined && args.sshPrivateKey === undefined && plan.config.management.sshKeys.length === 0) {
      throw new pulumi.RunError(
        `The host of site '${made.name}' is made by us, and nobody could log in to it. ` +
          "Set a key: pulumi config set --secret anycast:sshPrivateKey < key (or name public keys in management.sshKeys)",
      );
    }

    const agent = pulumi.output(bundleAgent());
    const passwords = pulumi.output(args.bgpPasswords ?? {});
    const sshPrivateKey = args.sshPrivateKey === undefined ? undefined : pulumi.secret(args.sshPrivateKey);
    const keys = authorizedKeys(plan.config, sshPrivateKey);
    const accounts = new CloudAccounts(name, { network: plan.config, authorizedKeys: keys, passwords }, this);
    const sites = new Map<string, AnycastSite>();
    let previous: pulumi.Resource[] = [];
    for (const wave of plan.waves) {
      const members = plan.sites
        .filter((site) => wave.includes(site.name))
        .map((site) => {
          const created = new AnycastSite(
            `${name}-${site.name}`,
            {
              plan,
              site,
              zones,
              agent,
              sshPrivateKey,
              authorizedKeys: pulumi.all(keys),
              accounts,
              bgpPassword: passwords.apply((all) => all[site.name] ?? all[site.profile.account]),
              after: previous,
            },
            { parent: this },
          );
          sites.set(site.name, created);
          return created;
        });
      previous = members.map(({ applied }) => applied);
    }
    introduceSites(sites, this.heartbeatKeys(plan, args));

    this.inventory = pulumi.all([...sites.values()].map(({ inventory }) => inventory)).apply((inventories) =>
      inventorySchema.parse({
        asn: plan.config.asn,
        prefixes: plan.config.prefixes.map(({ cidr }) => cidr),
        services: Object.fromEntries(
          Object.entries(plan.config.services).map(([service, { kind, addresses }]) => [service, { kind, addresses }]),
        ),
        floor: plan.floor,
        waves: plan.waves,
        sites: Object.fromEntries(inventories.map((site) => [site.name, site])),
      }),
    );
    this.registerOutputs({ inventory: this.inventory });
  }

  private heartbeatKeys(plan: NetworkPlan, args: AnycastNetworkArgs): HeartbeatKeys | undefined {
    const keys = heartbeatKeys(plan, args);
    if (keys === undefined)
      void pulumi.log.warn(
        "The sites exchange no heartbeats, so that none knows whether others still announce (safety 1): there is no key. " +
          "Set one: openssl rand -base64 32 | pulumi config set --secret anycast:heartbeatKey",
        this,
      );
    return keys;
  }

  private read({ network, policies }: AnycastNetworkArgs): { plan: NetworkPlan; zones: Record<string, string> } {
    try {
      const plan = planNetwork(network, { rehearsal: inRehearsal() }, policies);
      return { plan, zones: readZones(plan.config) };
    } catch (error) {
      if (error instanceof ConfigError) throw new pulumi.RunError(error.message);
      throw error;
    }
  }
}
