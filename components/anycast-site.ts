import * as pulumi from "@pulumi/pulumi";
import type { AgentBundle } from "../agent/bundle.ts";
import type { SiteInventory } from "../model/inventory.ts";
import { applyResultSchema, hostVersionsSchema, type ApplyResult } from "../model/manifest.ts";
import { needsPassword, type NetworkPlan, type SitePlan } from "../model/plan.ts";
import { unicastAddresses, type HostFacts } from "../model/host.ts";
import { PROFILES } from "../model/profiles.ts";
import { renderManifest } from "../render/manifest.ts";
import { renderSecrets } from "../render/secrets.ts";
import type { CloudAccounts } from "./hosts/accounts.ts";
import { makeHost } from "./hosts/adapter.ts";
import type { Host, Management } from "./hosts/host.ts";
import { RemoteResources } from "./remote-resources.ts";

/** What an {@link AnycastSite} is made from. */
export interface AnycastSiteArgs {
  /** The plan of the whole network. */
  readonly plan: NetworkPlan;
  readonly site: SitePlan;
  /** Zone name → content of the zone file. */
  readonly zones: Readonly<Record<string, string>>;
  readonly agent: pulumi.Output<AgentBundle>;
  /** The operator's private SSH key. Default: the keys of the SSH agent. */
  readonly sshPrivateKey: pulumi.Output<string> | undefined;
  /** The public SSH keys that a host made by us lets in. */
  readonly authorizedKeys: pulumi.Output<string[]>;
  readonly accounts: CloudAccounts;
  /** The password of the BGP sessions, where the operator configured one; else the provider's. */
  readonly bgpPassword: pulumi.Output<string | undefined>;
  /** What has to be done before this site is changed: the gate of the wave before (safety 9). */
  readonly after: readonly pulumi.Resource[];
}

/** One place that announces: the host, what is installed on it, and what is applied to it. */
export class AnycastSite extends pulumi.ComponentResource {
  readonly inventory: pulumi.Output<SiteInventory>;
  /** Done when the site is as the plan wants it. */
  readonly applied: pulumi.Resource;
  /** The host's own addresses. */
  readonly addresses: pulumi.Output<string[]>;
  private readonly remote: RemoteResources;

  constructor(name: string, args: AnycastSiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("anycast:index:AnycastSite", name, {}, opts);
    const { plan, site, sshPrivateKey, authorizedKeys, accounts } = args;
    const hostArgs = { network: plan.config, site, sshPrivateKey, authorizedKeys, accounts };
    const host = makeHost(name, hostArgs, { parent: this });
    const remote = new RemoteResources(name, host, this);
    this.remote = remote;
    this.addresses = host.facts.apply(unicastAddresses);

    const servesDns = Object.values(plan.config.services).some(({ kind }) => kind === "dns");
    const install = remote.install(args.agent, servesDns, args.after);
    const secrets = needsPassword(site)
      ? remote.secrets(secretFiles(host, site, args.bgpPassword), install)
      : undefined;
    const manifest = pulumi
      .all([host.facts, install.stdout, secrets?.version])
      .apply(([facts, versions, secretsVersion]) =>
        renderManifest({
          network: plan.config,
          site: site.name,
          host: facts,
          versions: hostVersionsSchema.parse(JSON.parse(versions)),
          zones: args.zones,
          secretsVersion: secretsVersion ?? null,
        }),
      );
    const apply = remote.apply(
      manifest.apply((value) => JSON.stringify(value)),
      args.agent,
      [install, ...(secrets === undefined ? [] : [secrets.resource])],
    );
    remote.retire(apply);

    this.applied = apply;
    this.inventory = pulumi
      .all([host.management, host.facts, apply.stdout])
      .apply(([management, facts, stdout]) =>
        siteInventory(site, management, facts, applyResultSchema.parse(JSON.parse(stdout))),
      );
    this.registerOutputs({ inventory: this.inventory });
  }

  /** Has the site exchange heartbeats with others; waits for their addresses, and not for what is applied to them. */
  introduce(peers: pulumi.Output<string>): void {
    this.remote.peers(peers, this.applied);
  }
}

function secretFiles(host: Host, site: SitePlan, configured: pulumi.Output<string | undefined>): pulumi.Output<string> {
  return pulumi.all([host.facts, configured, host.bgpPassword]).apply(([facts, own, providers]) => {
    const password = own ?? providers;
    if (password === undefined || password === "") throw missingPassword(site);
    const withPassword = facts.neighbors.filter((neighbor) => neighbor.password);
    return JSON.stringify(
      renderSecrets(facts, Object.fromEntries(withPassword.map(({ address }) => [address, password]))),
    );
  });
}

/** The error of a site whose sessions need a password that nobody gave. */
export function missingPassword(site: SitePlan): pulumi.RunError {
  const { account } = site.profile;
  return new pulumi.RunError(
    `Site '${site.name}' has BGP sessions with a password, and there is none. ` +
      `Set it: pulumi config set --secret --path anycast:bgpPasswords.${site.name}` +
      (account === PROFILES.custom.account ? "" : ` (or anycast:bgpPasswords.${account}, for the whole account)`),
  );
}

function siteInventory(site: SitePlan, management: Management, facts: HostFacts, result: ApplyResult): SiteInventory {
  return {
    name: site.name,
    state: site.state,
    provider: site.host.provider,
    region: "region" in site.host ? site.host.region : null,
    profile: site.profile.name,
    location: site.location,
    management,
    addresses: { ipv4: facts.ipv4 ?? null, ipv6: facts.ipv6 ?? null },
    neighbors: facts.neighbors.map((neighbor) => ({ ...neighbor, multihop: neighbor.multihop ?? null })),
    announces: result.prefixes,
    versions: result.versions,
    manifestDigest: result.digest,
  };
}
