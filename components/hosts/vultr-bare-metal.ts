import * as vultr from "@ediri/vultr";
import * as pulumi from "@pulumi/pulumi";
import type { HostConfig } from "../../model/schema.ts";
import { firstContact, whenReady } from "./first-contact.ts";
import type { Host, HostArgs } from "./host.ts";
import { vultrHost } from "./vultr-host.ts";

/** A bare metal server at Vultr. It has no firewall of the provider's in front of it: the host's own is all there is. */
export function vultrBareMetalServer(
  name: string,
  args: HostArgs,
  host: Extract<HostConfig, { provider: "vultrBareMetal" }>,
  opts: pulumi.CustomResourceOptions,
): Host {
  const { site, accounts } = args;
  const { region, plan } = host;
  const contact = firstContact(
    name,
    args,
    { identity: [host.provider, region, plan, host.os], privateNeighbors: [] },
    opts,
  );
  const resource = new vultr.BareMetalServer(
    `${name}-host`,
    {
      region,
      plan,
      osId: pulumi.output(accounts.vultr.catalog.osId(host.os)),
      enableIpv6: true,
      hostname: site.name,
      label: site.name,
      tags: ["pulumi-anycast", name],
      sshKeyIds: accounts.vultr.sshKeyIds,
      userData: contact.userData,
      activationEmail: false,
    },
    {
      ...opts,
      protect: args.network.protectHosts,
      replaceWith: [contact.key],
      // Without it, Vultr would install another operating system over the running one.
      replaceOnChanges: ["osId", "userData"],
      additionalSecretOutputs: ["defaultPassword", "userData"],
      customTimeouts: { create: "90m" },
    },
  );
  const { mainIp, v6MainIp } = resource;
  const management = whenReady(name, args, { resource, address: mainIp, publicKey: contact.publicKey }, opts);
  return vultrHost(args, { resource, management, mainIp, v6MainIp });
}
