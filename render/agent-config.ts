import type { AgentCheckInput, AgentConfigInput, Marker } from "../model/agent-config.ts";
import type { HostFacts } from "../model/host.ts";
import { contains, familyOf } from "../model/ip.ts";
import type { MarkerRoute } from "../model/markers.ts";
import { MARKER_INTERFACE } from "../model/paths.ts";
import type { NetworkConfig, ServiceCheck, ServiceConfig } from "../model/schema.ts";
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
    services: Object.fromEntries(
      services.map(([name, service]) => [
        name,
        { unit: service.kind === "dns" ? "knot.service" : null, addresses: service.addresses, checks: checks(service) },
      ]),
    ),
    prefixes: FAMILIES.flatMap((family) =>
      markersIn(network, family).map(({ cidr, full, drained }) => ({
        cidr,
        family,
        services: services
          .filter(([, service]) => service.addresses.some((address) => contains(cidr, address)))
          .map(([name]) => name),
        full: marker(full),
        drained: marker(drained),
      })),
    ),
    sessions: sessions(network, host).map(({ protocol, neighbor }) => ({
      protocol,
      family: neighbor.family,
      neighbor: neighbor.address,
      asn: neighbor.asn,
      password: neighbor.password,
    })),
  };
}

function marker({ address, protocol }: MarkerRoute): Marker {
  return { address, protocol };
}

/** A DNS service is asked for the SOA of its first zone at each address over both transports. */
function checks(service: ServiceConfig): AgentCheckInput[] {
  switch (service.kind) {
    case "dns": {
      const name = Object.keys(service.zones).toSorted()[0] ?? "";
      return service.addresses.flatMap((address) =>
        (["udp", "tcp"] as const).map((transport) => ({
          kind: "dns" as const,
          address,
          port: 53,
          transport,
          name,
          type: "SOA",
          ...service.check,
        })),
      );
    }
    case "external":
      return service.checks.flatMap((check) => expand(check, service.addresses));
  }
}

/** A check of an external service at each of its addresses; a command is one check, however many addresses there are. */
function expand(check: ServiceCheck, addresses: readonly string[]): AgentCheckInput[] {
  switch (check.kind) {
    case "command":
      return [check];
    case "tcp":
      return addresses.map((address) => ({ address, ...check }));
    case "http":
      return addresses.map((address) => ({ address, ...check, host: check.host ?? authority(address) }));
    case "dns":
      return addresses.flatMap((address) =>
        (["udp", "tcp"] as const).map((transport) => ({ address, transport, ...check })),
      );
  }
}

/** An address as it stands in a URL and a Host header (RFC 3986: IPv6 in brackets). */
function authority(address: string): string {
  return familyOf(address) === 6 ? `[${address}]` : address;
}
