import * as pulumi from "@pulumi/pulumi";
import type { HostFacts } from "../../model/host.ts";
import { mainIpv4 } from "../../model/rules.ts";
import type { ExistingHostConfig } from "../../model/schema.ts";
import { connect } from "./connect.ts";
import type { Host, HostAdapterArgs, HostArgs } from "./host.ts";
import { listedNeighbors, profileNeighbors } from "../../model/neighbors.ts";

/** A host that is there already and reachable by SSH. Nothing of it is created or destroyed; `retire` takes off what we put on it. */
export function existingHost(args: HostArgs, host: ExistingHostConfig): Host {
  const management = pulumi.output({ address: host.address, port: host.port, user: host.user, hostKey: host.hostKey });
  return {
    resource: undefined,
    management,
    user: host.user,
    connection: connect(management, args.sshPrivateKey),
    facts: pulumi.output(existingFacts(args, host)),
    bgpPassword: undefined,
  };
}

/** What rendering needs to know of a host that is there. */
export function existingFacts({ network, site }: HostAdapterArgs, host: ExistingHostConfig): HostFacts {
  const sources = { 4: mainIpv4(host), 6: host.ipv6 };
  const families = new Set(network.prefixes.map(({ family }) => family));
  return {
    ipv4: sources[4],
    ipv6: sources[6],
    // The schema lets a site list only those that the profile does not know.
    neighbors: [
      ...profileNeighbors(site.profile, sources, families),
      ...listedNeighbors(host.neighbors, sources, families),
    ],
    profile: site.profile,
    managementFrom: (network.management.from ?? []).map(({ cidr }) => cidr),
    sshPort: host.port,
  };
}
