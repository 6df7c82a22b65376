import * as metal from "@pulumi/equinix-metal";
import * as pulumi from "@pulumi/pulumi";
import type { Neighbor } from "../../model/host.ts";
import { canonicalAddress, type Family } from "../../model/ip.ts";
import type { HostConfig } from "../../model/schema.ts";
import { FIRST_USER } from "../../render/cloud-init.ts";
import { made } from "../made.ts";
import { connect } from "./connect.ts";
import { firstContact, whenReady } from "./first-contact.ts";
import type { Host, HostArgs } from "./host.ts";

/** A server at Equinix Metal. The API tells its BGP neighbors: those for IPv4 are reached from the private address. */
export function equinixMetalDevice(
  name: string,
  args: HostArgs,
  host: Extract<HostConfig, { provider: "equinixMetal" }>,
  opts: pulumi.CustomResourceOptions,
): Host {
  const { network, site, accounts, sshPrivateKey } = args;
  const { region, plan, os } = host;
  const contact = firstContact(
    name,
    args,
    {
      identity: [host.provider, region, plan, os],
      privateNeighbors: site.profile.neighbors.filter(({ family }) => family === 4).map(({ address }) => address),
    },
    opts,
  );
  const { projectId, sshKeyIds } = accounts.equinixMetal;
  const resource = new metal.Device(
    `${name}-host`,
    {
      hostname: site.name,
      metro: region,
      plan,
      operatingSystem: os,
      billingCycle: "hourly",
      projectId,
      projectSshKeyIds: sshKeyIds,
      tags: ["pulumi-anycast", name],
      userData: contact.userData,
    },
    {
      ...opts,
      protect: args.network.protectHosts,
      replaceWith: [contact.key],
      replaceOnChanges: ["plan", "metro", "operatingSystem", "userData"],
      additionalSecretOutputs: ["rootPassword", "userData"],
      customTimeouts: { create: "90m" },
    },
  );
  const families = new Set(network.prefixes.map(({ family }) => family));
  const sessions = [...families].map(
    (family) =>
      new metal.BgpSession(
        `${name}-bgp${family}`,
        { deviceId: resource.id, addressFamily: `ipv${family}` },
        { ...opts, deletedWith: resource },
      ),
  );
  const speakers = pulumi
    .all([resource.id, ...sessions.map(({ id }) => id)])
    .apply(([deviceId = ""]) => metal.getDeviceBgpNeighbors({ deviceId }, opts));
  const { accessPublicIpv4, accessPublicIpv6, accessPrivateIpv4 } = resource;
  const management = whenReady(name, args, { resource, address: accessPublicIpv4, publicKey: contact.publicKey }, opts);
  return {
    resource,
    management,
    user: FIRST_USER,
    connection: connect(management, sshPrivateKey),
    facts: pulumi
      .all([made(accessPublicIpv4), accessPublicIpv6, accessPrivateIpv4, speakers])
      .apply(([ipv4, ipv6, privateIpv4, { bgpNeighbors }]) => ({
        ipv4: canonicalAddress(ipv4),
        ipv6: canonicalAddress(ipv6),
        neighbors: bgpNeighbors.flatMap((speaker): Neighbor[] => {
          const family: Family = speaker.addressFamily === 4 ? 4 : 6;
          const source = canonicalAddress(speaker.customerIp) ?? canonicalAddress(family === 4 ? privateIpv4 : ipv6);
          if (source === undefined || !families.has(family)) return [];
          return (speaker.peerIps ?? []).map((address) => ({
            family,
            address: canonicalAddress(address) ?? address,
            asn: speaker.peerAs,
            source,
            multihop: speaker.multihop ? site.profile.multihop : undefined,
            password: speaker.md5Enabled,
          }));
        }),
        profile: site.profile,
        managementFrom: (network.management.from ?? []).map(({ cidr }) => cidr),
      })),
    bgpPassword: pulumi.secret(
      speakers.apply(({ bgpNeighbors }) => bgpNeighbors.find(({ md5Enabled }) => md5Enabled)?.md5Password ?? ""),
    ),
  };
}
