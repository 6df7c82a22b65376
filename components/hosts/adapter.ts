import type * as pulumi from "@pulumi/pulumi";
import { customHost } from "./custom.ts";
import { equinixMetalDevice } from "./equinix-metal.ts";
import { existingHost } from "./existing.ts";
import type { Host, HostArgs } from "./host.ts";
import { labHost } from "./lab.ts";
import { vultrServer } from "./vultr/server.ts";

/** Makes a site's host with the adapter of its provider. */
export function makeHost(name: string, args: HostArgs, opts: pulumi.CustomResourceOptions): Host {
  const { host } = args.site;
  switch (host.provider) {
    case "lab":
      return labHost(name, args, host, opts);
    case "existing":
      return existingHost(args, host);
    case "custom":
      return customHost(name, args, opts);
    case "vultr":
    case "vultrBareMetal":
      return vultrServer(name, args, host, opts);
    case "equinixMetal":
      return equinixMetalDevice(name, args, host, opts);
  }
}
