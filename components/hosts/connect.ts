import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { Management } from "./host.ts";

/**
 * How the `command` resources reach a host: host key pinned.
 *
 * @param dials failed dials to put up with; by default a host that does not answer is given up after about a minute
 */
export function connect(
  management: pulumi.Output<Management>,
  privateKey: pulumi.Output<string> | undefined,
  dials = 5,
): pulumi.Output<command.types.input.remote.ConnectionArgs> {
  return pulumi.secret(
    pulumi.all([management, privateKey]).apply(([{ address, port, user, hostKey }, key]) => ({
      host: address,
      port,
      user,
      hostKey,
      ...(key === undefined ? {} : { privateKey: key }),
      dialErrorLimit: dials,
      perDialTimeout: 5,
    })),
  );
}
