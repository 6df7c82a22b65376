import type * as pulumi from "@pulumi/pulumi";
import { existingHost } from "./existing.ts";
import type { Host, HostArgs } from "./host.ts";
import { labHost } from "./lab.ts";

/** Makes a site's host with the adapter of its provider. */
export function makeHost(name: string, args: HostArgs, opts: pulumi.CustomResourceOptions): Host {
  const { host } = args.site;
  switch (host.provider) {
    case "lab":
      return labHost(name, args, host, opts);
    case "existing":
      return existingHost(args, host);
  }
}
