import * as vultr from "@ediri/vultr";
import * as pulumi from "@pulumi/pulumi";
import type { HostConfig } from "../../model/schema.ts";
import { firstContact, whenReady } from "./first-contact.ts";
import type { Host, HostArgs } from "./host.ts";
import { vultrHost } from "./vultr-host.ts";

/** A virtual machine at Vultr. A change of its plan makes a new one: Vultr would otherwise resize it, with a reboot in the middle. */
export function vultrInstance(
  name: string,
  args: HostArgs,
  host: Extract<HostConfig, { provider: "vultr" }>,
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
  const resource = new vultr.Instance(
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
      firewallGroupId: accounts.vultrFirewall,
      userData: contact.userData,
      activationEmail: false,
      backups: "disabled",
    },
    {
      ...opts,
      protect: args.network.protectHosts,
      replaceWith: [contact.key],
      replaceOnChanges: ["plan", "osId", "userData"],
      additionalSecretOutputs: ["defaultPassword", "userData", "kvm"],
      customTimeouts: { create: "30m" },
    },
  );
  const { mainIp, v6MainIp } = resource;
  const management = whenReady(name, args, { resource, address: mainIp, publicKey: contact.publicKey }, opts);
  return vultrHost(args, { resource, management, mainIp, v6MainIp });
}
