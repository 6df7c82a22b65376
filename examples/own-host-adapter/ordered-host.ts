import * as command from "@pulumi/command";
import { firstContact, whenReady, type HostAdapter } from "pulumi-anycast";
import { FIRST_USER } from "pulumi-anycast/render";

/** Hosts at a provider that has an API and no Pulumi package: `order.sh` orders one, and gives it back. */
export function orderedHost(place: string): HostAdapter {
  return (name, args, opts) => {
    // The host key is made before the host, and pinned: nobody can stand in for the host at the first login.
    const contact = firstContact(name, args, { identity: [place], privateNeighbors: [] }, opts);
    const resource = new command.local.Command(
      `${name}-host`,
      {
        create: "./order.sh create",
        delete: "./order.sh delete",
        environment: { PLACE: place, HOST_NAME: name },
        stdin: contact.userData,
        triggers: [place],
      },
      { ...opts, replaceWith: [contact.key] },
    );
    const told = resource.stdout.apply((text) => JSON.parse(text) as { ipv4: string; ipv6: string });
    const ipv4 = told.apply((host) => host.ipv4);
    const management = whenReady(name, args, { resource, address: ipv4, publicKey: contact.publicKey }, opts);
    return {
      resource,
      user: FIRST_USER,
      address: management.apply(({ address }) => address),
      hostKey: management.apply(({ hostKey }) => hostKey),
      ipv4,
      ipv6: told.apply((host) => host.ipv6),
    };
  };
}
