import type * as pulumi from "@pulumi/pulumi";
import { all } from "@pulumi/pulumi";
import { canonicalAddress } from "../../model/ip.ts";
import { FIRST_USER } from "../../render/cloud-init.ts";
import { connect } from "./connect.ts";
import type { Host, HostArgs, Management } from "./host.ts";
import { profileNeighbors } from "../../model/neighbors.ts";

/** What a virtual machine and a bare metal server at Vultr have in common: sessions from the main addresses to speakers that are the same everywhere. */
export function vultrHost(
  { network, site, sshPrivateKey }: HostArgs,
  made: {
    resource: pulumi.CustomResource;
    management: pulumi.Output<Management>;
    mainIp: pulumi.Output<string>;
    v6MainIp: pulumi.Output<string>;
  },
): Host {
  const families = new Set(network.prefixes.map(({ family }) => family));
  return {
    resource: made.resource,
    management: made.management,
    user: FIRST_USER,
    connection: connect(made.management, sshPrivateKey),
    facts: all([made.mainIp, made.v6MainIp]).apply(([mainIp, v6MainIp]) => {
      const sources = { 4: canonicalAddress(mainIp), 6: canonicalAddress(v6MainIp) };
      return {
        ipv4: sources[4],
        ipv6: sources[6],
        neighbors: profileNeighbors(site.profile, sources, families),
        profile: site.profile,
        managementFrom: (network.management.from ?? []).map(({ cidr }) => cidr),
      };
    }),
    bgpPassword: undefined,
  };
}
