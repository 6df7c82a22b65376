import * as pulumi from "@pulumi/pulumi";
import type { SiteInventory } from "../model/inventory.ts";
import { applyResultSchema, hostVersionsSchema, type ApplyResult } from "../model/manifest.ts";
import { needsPassword, type SitePlan } from "../model/plan.ts";
import { unicastAddresses, type HostFacts } from "../model/host.ts";
import { renderManifest } from "../render/manifest.ts";
import { renderSecrets } from "../render/secrets.ts";
import { makeHost } from "./hosts/adapter.ts";
import type { Host, Management } from "./hosts/host.ts";
import type { SharedFirewall } from "./hosts/shared-firewall.ts";
import { tellHarm } from "./harm.ts";
import { made } from "./made.ts";
import { missingPassword } from "./missing-password.ts";
import type { NetworkContext } from "./network-context.ts";
import { RemoteResources } from "./remote-resources.ts";
import { showWarnings } from "./warnings.ts";

/** What an {@link AnycastSite} is made from. */
export interface AnycastSiteArgs {
  /** What it shares with the other sites of its network. */
  readonly context: NetworkContext;
  /** The site's name in the network. */
  readonly site: string;
  /** What has to be done before this site is changed: the gate of the wave before (safety 9). Default: nothing. */
  readonly after?: readonly pulumi.Resource[] | undefined;
}

/** One place that announces: the host, what is installed on it, and what is applied to it. */
export class AnycastSite extends pulumi.ComponentResource {
  /** What is announced here, by what. */
  readonly inventory: pulumi.Output<SiteInventory>;
  /** Done when the site is as the plan wants it. */
  readonly applied: pulumi.Resource;
  /** The host's own addresses. */
  readonly addresses: pulumi.Output<string[]>;
  /** @internal The provider's firewall in front of its host, where it is shared with other sites. */
  readonly firewall: SharedFirewall | undefined;
  /** @internal Has the provider forget what its hosts have read at their first boot, when all of them are declared. */
  readonly endFirstContacts: () => void;
  private readonly remote: RemoteResources;

  constructor(name: string, args: AnycastSiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super("anycast:index:AnycastSite", name, {}, opts);
    const { context, after = [] } = args;
    const { plan, sshPrivateKey, authorizedKeys, accounts, agent } = context;
    const site = context.site(args.site);
    const adapter = context.hosts[site.name];
    const hostArgs = {
      network: plan.config,
      site,
      sshPrivateKey,
      authorizedKeys,
      accounts,
      adapter,
      watch: context.watch,
    };
    const host = makeHost(name, hostArgs, { parent: this });
    const remote = new RemoteResources(name, site.name, host, this, context.watch);
    this.remote = remote;
    this.firewall = host.firewall;
    this.endFirstContacts = host.endFirstContacts ?? (() => {});
    this.addresses = host.facts.apply(unicastAddresses);

    const servesDns = Object.values(plan.config.services).some(({ kind }) => kind === "dns");
    const prepared = remote.prepare(context.prepare, site, after);
    const install = remote.install(agent, servesDns, [...after, ...prepared]);
    const hasPassword = needsPassword(site) || host.bgpPassword !== undefined;
    const secrets = hasPassword
      ? remote.secrets(secretFiles(host, site, context.bgpPassword(site)), install)
      : undefined;
    const manifest = pulumi
      .all([host.facts, made(install.stdout), secrets?.version])
      .apply(([facts, versions, secretsVersion]) =>
        renderManifest({
          network: plan.config,
          site: site.name,
          host: facts,
          versions: hostVersionsSchema.parse(JSON.parse(versions)),
          zones: context.zones,
          secretsVersion: secretsVersion ?? null,
        }),
      );
    const change = {
      site: site.name,
      apply: `${name}-apply`,
      applied: context.applied,
      manifest,
      connection: host.connection,
    };
    const told = pulumi.runtime.isDryRun() ? tellHarm(change, this) : manifest;
    const apply = remote.apply(
      told.apply((value) => JSON.stringify(value)),
      agent,
      [install, ...(secrets === undefined ? [] : [secrets.resource])],
    );

    this.applied = apply;
    this.inventory = pulumi
      .all([host.management, host.facts, made(apply.stdout)])
      .apply(async ([management, facts, stdout]) => {
        const result = applyResultSchema.parse(JSON.parse(stdout));
        const isNews = !pulumi.runtime.isDryRun() && (await context.outputs).get(`${name}-apply`) !== stdout;
        if (isNews) await showWarnings(result, this);
        return siteInventory(site, management, facts, result);
      });
    this.registerOutputs({ inventory: this.inventory });
  }

  /**
   * Has the site exchange heartbeats with others; waits for their addresses, and not for what is applied to them.
   *
   * @param after what has to be done before, beside what is applied to the site itself. Default: nothing
   */
  introduce(peers: pulumi.Output<string>, after: readonly pulumi.Resource[] = []): pulumi.Resource {
    return this.remote.peers(peers, [this.applied, ...after]);
  }

  /** @internal Done when SSH has reached the host after its firewall was closed. */
  reach(closed: pulumi.Resource): pulumi.Resource {
    return this.remote.reach(this.firewall?.rules ?? "", [closed]);
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
    warnings: result.warnings,
  };
}
