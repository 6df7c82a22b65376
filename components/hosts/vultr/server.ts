import * as pulumi from "@pulumi/pulumi";
import { canonicalAddress } from "../../../model/ip.ts";
import { profileNeighbors } from "../../../model/neighbors.ts";
import type { VultrHostConfig } from "../../../model/vultr/orders.ts";
import { hostIdentity } from "../../../model/vultr/identity.ts";
import { ADOPTED } from "../../../model/vultr/state.ts";
import { serverTags } from "../../../model/vultr/tags.ts";
import { FIRST_CONTACT, FIRST_USER } from "../../../render/cloud-init.ts";
import { made } from "../../made.ts";
import { connect } from "../connect.ts";
import { firstContact, whenReady } from "../first-contact.ts";
import type { Host, HostArgs } from "../host.ts";
import { BareMetalServer, Instance } from "./resources.ts";

/** How long a server may take to be made. */
const CREATE_TIMEOUT = { vultr: "30m", vultrBareMetal: "90m" } as const;

/**
 * A server at Vultr, virtual or physical. Another region, plan, operating system or template of first contact makes a new one, which
 * announces before the old one goes; nothing else does. A physical one has no firewall of the provider's in front of it.
 */
export function vultrServer(
  name: string,
  args: HostArgs,
  host: VultrHostConfig,
  opts: pulumi.CustomResourceOptions,
): Host {
  const { network, site, accounts, sshPrivateKey } = args;
  const { provider, region, plan } = host;
  const account = accounts.vultr;
  const osId = pulumi.output(account.catalog.osId(host.os));
  const first = host.hostKey === undefined ? newcomer(name, args, host, osId, opts) : adopted(host.hostKey);
  const resourceName = `${name}-host`;
  const inputs = {
    region,
    plan,
    osId,
    label: site.name,
    hostname: site.name,
    enableIpv6: true,
    tags: serverTags(pulumi.getProject(), pulumi.getStack(), resourceName),
    sshKeyIds: account.sshKeyIds,
    userData: first.userData,
    generation: first.generation,
    identity: first.publicKey.apply(hostIdentity),
  };
  const options: pulumi.CustomResourceOptions = {
    ...opts,
    protect: network.protectHosts,
    ...(first.key === undefined ? {} : { replaceWith: [first.key] }),
    customTimeouts: { create: CREATE_TIMEOUT[provider] },
  };
  const firewall = provider === "vultr" ? account.firewallOf(site.name) : undefined;
  const resource =
    firewall === undefined
      ? new BareMetalServer(resourceName, inputs, options)
      : new Instance(
          resourceName,
          { ...inputs, firewallGroupId: firewall.groupId },
          { ...options, dependsOn: [firewall.opened] },
        );
  const { mainIp, v6MainIp } = resource;
  const management = whenReady(name, args, { resource, address: mainIp, publicKey: first.publicKey }, opts);
  // Known when the host is ready: before that it may still read its user data.
  const contacted = pulumi.all([resource.id, management]).apply(([id]) => id);
  account.contact(firewall === undefined ? "bareMetal" : "instance", contacted);

  const families = new Set(network.prefixes.map(({ family }) => family));
  return {
    resource,
    management,
    user: FIRST_USER,
    connection: connect(management, sshPrivateKey),
    facts: pulumi.all([made(mainIp), made(v6MainIp)]).apply(([ipv4, ipv6]) => {
      const sources = { 4: canonicalAddress(ipv4), 6: canonicalAddress(ipv6) };
      return {
        ipv4: sources[4],
        ipv6: sources[6],
        neighbors: profileNeighbors(site.profile, sources, families),
        profile: site.profile,
        managementFrom: (network.management.from ?? []).map(({ cidr }) => cidr),
      };
    }),
    bgpPassword: undefined,
    firewall,
    endFirstContacts: () => account.endFirstContacts(),
  };
}

/** What a server is known by, and what it reads when it boots for the first time. */
interface FirstWords {
  readonly key: pulumi.Resource | undefined;
  readonly publicKey: pulumi.Output<string>;
  readonly userData: pulumi.Output<string>;
  readonly generation: string;
}

/** A server that is yet to be made: a new one gets a new host key. */
function newcomer(
  name: string,
  args: HostArgs,
  { provider, region, plan }: VultrHostConfig,
  osId: pulumi.Output<number>,
  opts: pulumi.CustomResourceOptions,
): FirstWords {
  const identity = [provider, region, plan, osId.apply(String), FIRST_CONTACT];
  return { ...firstContact(name, args, { identity, privateNeighbors: [] }, opts), generation: FIRST_CONTACT };
}

/**
 * A server that was imported: its key pair is not ours. Its generation is a word of its own, so that taking `hostKey` out of the
 * configuration makes a new server with a key of ours, in place of pinning a key that this one does not have.
 */
function adopted(hostKey: string): FirstWords {
  return {
    key: undefined,
    publicKey: pulumi.output(hostKey),
    userData: pulumi.secret(""),
    generation: ADOPTED,
  };
}
