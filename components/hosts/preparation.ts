import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { SitePlan } from "../../model/plan.ts";

/** A host that SSH reaches, before anything of ours is on it. */
export interface ReachedHost {
  /** The site that it is for. */
  readonly site: SitePlan;
  /** How a `command.remote.Command` reaches it; secret. */
  readonly connection: pulumi.Output<command.types.input.remote.ConnectionArgs>;
  /** `sudo -n ` where SSH does not log in as root; else nothing. For the start of a command line. */
  readonly sudo: string;
  /** For `triggers`: other values on another host, where everything has to be done again. */
  readonly identity: readonly pulumi.Output<string>[];
}

/**
 * Puts on the host of a site what the site's services need: a service of kind `external` has to answer before the site announces.
 *
 * @param name what the names of its resources start with
 * @param opts of each resource: they belong to the site, and wait for the gate of the wave before (safety 9)
 * @returns what has to be done before the site is changed
 */
export type HostPreparation = (
  name: string,
  host: ReachedHost,
  opts: pulumi.CustomResourceOptions,
) => readonly pulumi.Resource[];
