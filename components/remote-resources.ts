import { relative } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { JOB_LIMIT_MIN } from "../agent/apply/job-script.ts";
import type { AgentBundle } from "../agent/version.ts";
import { PATHS } from "../model/paths.ts";
import type { SitePlan } from "../model/plan.ts";
import type { Host } from "./hosts/host.ts";
import type { HostPreparation } from "./hosts/preparation.ts";
import { made } from "./made.ts";
import { installScript } from "./install-script.ts";
import type { RemoteWatch } from "./remote-watch.ts";

/** How long each of them may take, for messages; what is not here is done in seconds. */
const LIMITS: Readonly<Record<string, string>> = {
  install: "Downloading and installing packages has no limit",
  reach: "The firewall in front of it has closed what it does not open any more (management.from). It takes seconds",
  apply: `Drain, probes and soak included, it takes at most ${JOB_LIMIT_MIN} min`,
};

/** The resources of a site that are made on the host, over SSH. Each is one `command` with its data on standard input. */
export class RemoteResources {
  private readonly name: string;
  private readonly site: string;
  private readonly host: Host;
  private readonly parent: pulumi.Resource;
  private readonly watch: RemoteWatch;
  private readonly retire: pulumi.CustomResource;

  constructor(name: string, site: string, host: Host, parent: pulumi.Resource, watch: RemoteWatch) {
    this.name = name;
    this.site = site;
    this.host = host;
    this.parent = parent;
    this.watch = watch;
    this.retire = this.makeRetire();
  }

  /** What the program itself does on the host, once `after` is done. */
  prepare(preparation: HostPreparation, site: SitePlan, after: readonly pulumi.Resource[]): readonly pulumi.Resource[] {
    const { connection } = this.host;
    const host = { site, connection, sudo: this.sudo(""), identity: this.identity() };
    return preparation(this.name, host, { ...this.onHost(), dependsOn: [...after] });
  }

  /** Packages and the agent's bundle; prints the host's versions. Starts nothing, and nothing at all before `after` is done. */
  install(agent: pulumi.Output<AgentBundle>, knot: boolean, after: readonly pulumi.Resource[]): command.remote.Command {
    const agentFile = agent.apply(bundleFile);
    const name = `${this.name}-agent`;
    const args = {
      connection: this.host.connection,
      // Relative, so that the state is the same in every checkout.
      source: agent.apply(({ path }): pulumi.asset.Asset => new pulumi.asset.FileAsset(relative(process.cwd(), path))),
      remotePath: agentFile,
      // Without it, a replaced host would never get its copy.
      triggers: [this.host.management.apply(({ hostKey }) => hostKey), ...this.identity()],
    };
    const upload = new command.remote.CopyToRemote(name, args, { ...this.onHost(), dependsOn: [...after] });
    this.watched("agent", upload, args, after);
    return this.command(
      "install",
      {
        create: this.sudo("sh -s"),
        stdin: pulumi
          .all([agentFile, agent])
          .apply(([file, { hash }]) => installScript({ agentFile: file, agentHash: hash, knot })),
        triggers: this.identity(),
      },
      { ...this.onHost(), dependsOn: [upload] },
    );
  }

  /**
   * Puts secrets on the host, apart from the manifest so that a preview can show the manifest. They are used by the
   * next apply only; its manifest names them by the version that the host makes up here, which tells nothing about them.
   */
  secrets(
    content: pulumi.Output<string>,
    install: pulumi.Resource,
  ): { resource: pulumi.Resource; version: pulumi.Output<string> } {
    const store = `umask 077; set -e; v=$(cat /proc/sys/kernel/random/uuid); cat > ${PATHS.secrets}/$v.json; echo $v`;
    const resource = this.command(
      "secrets",
      { create: this.sudo(`sh -c '${store}'`), stdin: pulumi.secret(content), triggers: this.identity() },
      { ...this.onHost(), dependsOn: [install] },
    );
    return { resource, version: pulumi.unsecret(made(resource.stdout)) };
  }

  /** Makes the host what the manifest says, or leaves it as it was; prints the result as JSON. */
  apply(
    manifest: pulumi.Output<string>,
    agent: pulumi.Output<AgentBundle>,
    dependsOn: pulumi.Resource[],
  ): command.remote.Command {
    const create = agent.apply((bundle) => this.sudo(`sh ${PATHS.job} ${PATHS.agents}/${bundleFile(bundle)} apply`));
    return this.command(
      "apply",
      { create, stdin: manifest, triggers: this.identity() },
      { ...this.onHost(), dependsOn },
    );
  }

  /**
   * Tells the site's agent whom it exchanges heartbeats with, apart from the manifest: another site changes the peers of others,
   * and applies nothing to them.
   *
   * @param peers peers.json
   */
  peers(peers: pulumi.Output<string>, after: pulumi.Resource[]): pulumi.Resource {
    return this.command(
      "peers",
      { create: this.sudo(`node ${PATHS.agent} peers`), stdin: pulumi.secret(peers), triggers: this.identity() },
      { ...this.onHost(), dependsOn: after },
    );
  }

  /**
   * Logs in, and does nothing: SSH still reaches the host after something in front of it was closed.
   *
   * @param what is in front of it, as text; after another one it is done again
   */
  reach(what: string, after: pulumi.Resource[]): pulumi.Resource {
    return this.command(
      "reach",
      { create: this.sudo("true"), triggers: [what, ...this.identity()] },
      { ...this.onHost(), dependsOn: after },
    );
  }

  /**
   * Does nothing until the site or its host goes: then withdraws, stops and takes everything of ours off the host, before the host itself
   * goes (safety 17). A replaced host takes it along: the new one is applied to, and announces, before the old one is retired.
   *
   * It comes first: when a `destroy` or `up` is refused or cut off after it went, all that was done on the host has gone from the state
   * too, and the next `up` does it again.
   */
  private makeRetire(): pulumi.CustomResource {
    const { resource } = this.host;
    return this.command(
      "retire",
      // Where nothing was applied yet there is nothing to take off.
      { delete: this.sudo(`sh -c 'test ! -e ${PATHS.agent} || exec node ${PATHS.agent} retire'`) },
      { parent: this.parent, ...(resource === undefined ? {} : { replaceWith: [resource] }) },
    );
  }

  private command(
    suffix: string,
    args: Partial<command.remote.CommandArgs>,
    { dependsOn = [], ...opts }: pulumi.CustomResourceOptions & { dependsOn?: pulumi.Resource[] },
  ): command.remote.Command {
    const all = { connection: this.host.connection, logging: "none", addPreviousOutputInEnv: false, ...args } as const;
    const resource = new command.remote.Command(`${this.name}-${suffix}`, all, { ...opts, dependsOn });
    this.watched(suffix, resource, all, dependsOn);
    return resource;
  }

  private watched(
    suffix: string,
    resource: pulumi.Resource,
    args: object,
    dependsOn: readonly pulumi.Resource[],
  ): void {
    this.watch.over(`${this.name}-${suffix}`, resource, {
      site: this.site,
      work: suffix,
      limit: LIMITS[suffix] ?? "It takes seconds",
      address: this.host.management.apply(({ address }) => address),
      after: [...Object.values(args), ...dependsOn.map(({ urn }) => urn)],
      shownAt: this.parent,
    });
  }

  /**
   * What was done on a host has to be done again after it was retired, and on a new host, which can have the address and the key of the
   * one before it.
   */
  private identity(): pulumi.Output<string>[] {
    return [this.retire.id, ...(this.host.resource === undefined ? [] : [this.host.resource.id])];
  }

  /** What lives on a host goes with it. */
  private onHost(): pulumi.CustomResourceOptions {
    return { parent: this.parent, ...(this.host.resource === undefined ? {} : { deletedWith: this.host.resource }) };
  }

  private sudo(commandLine: string): string {
    return this.host.user === "root" ? commandLine : `sudo -n ${commandLine}`;
  }
}

function bundleFile({ hash }: AgentBundle): string {
  return `agent-${hash}.mjs`;
}
