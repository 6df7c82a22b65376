import { HEARTBEAT_PORT } from "../model/paths.ts";
import type { BgpProfile } from "../model/profiles.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { announcedFamilies, FAMILIES, sortedEntries } from "./order.ts";

/** One thing that a provider's own firewall lets through to a host; all else it drops. */
export interface CloudFirewallRule {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** As in `443`; none for ICMP. */
  readonly port?: string;
  /** Where it comes from, as in `0.0.0.0/0`; its family is the rule's. */
  readonly from: string;
  readonly notes: string;
}

const ANYWHERE = { 4: "0.0.0.0/0", 6: "::/0" } as const;
const HOST_LENGTH = { 4: 32, 6: 128 } as const;

/**
 * The rules of a provider's firewall, in front of the host's own: SSH and metrics from where they may come, BGP from the provider's
 * speakers, ICMP, the services' ports, and heartbeats. It knows no addresses of the host, so it is the coarser of the two. Heartbeats come
 * from everywhere: the other sites' addresses are known only when they are made, and are more than a provider's limit of rules allows.
 */
export function cloudFirewall(network: NetworkConfig, profile: BgpProfile): CloudFirewallRule[] {
  const rules = new Map<string, CloudFirewallRule>();
  const add = (
    protocol: CloudFirewallRule["protocol"],
    port: number | undefined,
    from: string,
    notes: string,
  ): void => {
    const key = [protocol, port, from].join(" ");
    // The first one has the name: a port that two services share is open once.
    if (!rules.has(key))
      rules.set(key, { protocol, ...(port === undefined ? {} : { port: String(port) }), from, notes });
  };
  const { from, metrics } = network.management;
  for (const family of FAMILIES) {
    const own = from?.filter((prefix) => prefix.family === family).map(({ cidr }) => cidr);
    for (const cidr of own ?? [ANYWHERE[family]]) add("tcp", 22, cidr, "SSH");
    // Without a list of those who manage, the host serves metrics to nobody.
    if (metrics !== undefined) for (const cidr of own ?? []) add("tcp", metrics.port, cidr, "metrics");
    add("icmp", undefined, ANYWHERE[family], "ICMP");
    add("udp", HEARTBEAT_PORT, ANYWHERE[family], "heartbeats");
  }
  for (const { family, address } of profile.neighbors)
    if (announcedFamilies(network).includes(family)) add("tcp", 179, `${address}/${HOST_LENGTH[family]}`, "BGP");
  for (const family of announcedFamilies(network))
    for (const [name, service] of sortedEntries(network.services))
      for (const port of service.kind === "dns" ? ["udp/53", "tcp/53"] : service.ports) {
        const [protocol = "", number] = port.split("/");
        add(protocol as "tcp" | "udp", Number(number), ANYWHERE[family], name);
      }
  return [...rules.values()];
}
