import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Management } from "./host.ts";

/** How the `command` resources reach a host: host key pinned, a host that does not answer given up after about a minute. */
export function connect(
  management: pulumi.Output<Management>,
  privateKey: pulumi.Output<string> | undefined,
): pulumi.Output<command.types.input.remote.ConnectionArgs> {
  return pulumi.secret(
    pulumi.all([management, privateKey]).apply(([{ address, port, user, hostKey }, key]) => ({
      host: address,
      port,
      user,
      hostKey,
      ...(key === undefined ? {} : { privateKey: key }),
      dialErrorLimit: 5,
      perDialTimeout: 5,
    })),
  );
}
