import type { AgentConfigInput, Marker } from "../model/agent-config.ts";
import { unicastAddresses, type HostFacts } from "../model/host.ts";
import { contains } from "../model/ip.ts";
import type { MarkerRoute } from "../model/markers.ts";
import { HEARTBEAT_PORT, MARKER_INTERFACE } from "../model/paths.ts";
import { floorOf } from "../model/plan.ts";
import type { NetworkConfig, ServiceConfig } from "../model/schema.ts";
import { dnsServiceChecks, externalServiceChecks } from "./agent-checks.ts";
import { FAMILIES, markersIn, sortedEntries } from "./order.ts";
import { sessions } from "./sessions.ts";

/**
 * What the agent of a site needs to decide.
 *
 * @throws Error when the network has no such site
 */
export function agentConfig(network: NetworkConfig, site: string, host: HostFacts): AgentConfigInput {
  const config = network.sites[site];
  if (config === undefined) throw new Error(`the network has no site '${site}'`);
  const services = sortedEntries(network.services);
  return {
    site,
    interface: MARKER_INTERFACE,
    state: config.state,
    announceWhen: network.announceWhen,
    floor: floorOf(network),
    drain: network.drain,
    ...heartbeat(host),
    services: Object.fromEntries(services.map(([name, each]) => [name, service(each, host)])),
    prefixes: FAMILIES.flatMap((family) =>
      markersIn(network, family).map(({ cidr, full, drained }) => ({
        cidr,
        services: services
          .filter(([, { addresses }]) => addresses.some((address) => contains(cidr, address)))
          .map(([name]) => name),
        full: marker(full),
        drained: marker(drained),
      })),
    ),
    ...metrics(network, host),
    sessions: sessions(network, host).map(({ protocol, neighbor }) => ({
      protocol,
      family: neighbor.family,
      neighbor: neighbor.address,
      asn: neighbor.asn,
      password: neighbor.password,
    })),
  };
}

/** On the host's own address, IPv4 when it has one. */
function metrics({ management }: NetworkConfig, { ipv4, ipv6 }: HostFacts): Pick<AgentConfigInput, "metrics"> {
  const address = ipv4 ?? ipv6;
  if (management.metrics === undefined || address === undefined) return {};
  return { metrics: { address, port: management.metrics.port } };
}

/** Where heartbeats are listened for; with whom they are exchanged is no part of the manifest, so that another site changes none. */
function heartbeat(host: HostFacts): Pick<AgentConfigInput, "heartbeat"> {
  const addresses = unicastAddresses(host);
  return addresses.length === 0 ? {} : { heartbeat: { addresses, port: HEARTBEAT_PORT } };
}

function marker({ address, protocol }: MarkerRoute): Marker {
  return { address, protocol };
}

/** Its unit, addresses and checks; what is not given has the agent's default. */
function service(config: ServiceConfig, host: HostFacts): AgentConfigInput["services"][string] {
  const { addresses } = config;
  switch (config.kind) {
    case "dns":
      return { unit: "knot.service", addresses, checks: dnsServiceChecks(config) };
    case "external":
      return {
        ...(config.unit === undefined ? {} : { unit: config.unit }),
        addresses,
        ...externalServiceChecks(config, host),
      };
  }
}
