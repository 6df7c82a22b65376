import type { Family } from "../model/ip.ts";
import type { BgpProfile } from "../model/profiles.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { announcedFamilies, FAMILIES, sortedEntries } from "./order.ts";

/** One thing that a provider's own firewall lets through to a host; all else it drops. */
export interface CloudFirewallRule {
  /** Unique and stable, for names. */
  readonly key: string;
  readonly family: Family;
  readonly protocol: "tcp" | "udp" | "icmp";
  /** Undefined for ICMP. */
  readonly port: number | undefined;
  /** Where it comes from, as in `0.0.0.0/0`. */
  readonly from: string;
  readonly note: string;
}

const ANYWHERE = { 4: "0.0.0.0/0", 6: "::/0" } as const;
const HOST_LENGTH = { 4: 32, 6: 128 } as const;

/**
 * The rules of a provider's firewall, in front of the host's own: SSH from where it may come, BGP from the provider's speakers, ICMP, and the
 * services' ports. It knows no addresses of the host, so it is the coarser of the two.
 */
export function cloudFirewall(network: NetworkConfig, profile: BgpProfile): CloudFirewallRule[] {
  const rules: CloudFirewallRule[] = [];
  const add = (
    family: Family,
    protocol: CloudFirewallRule["protocol"],
    port: number | undefined,
    from: string,
    note: string,
  ): void => {
    const source = from === ANYWHERE[family] ? "" : `-${from.replaceAll(/[.:/]+/g, "-")}`;
    const key = `v${family}-${protocol}${port === undefined ? "" : `-${port}`}${source}`;
    if (!rules.some((rule) => rule.key === key)) rules.push({ key, family, protocol, port, from, note });
  };
  for (const family of FAMILIES) {
    const from = network.management.from?.filter((prefix) => prefix.family === family).map(({ cidr }) => cidr);
    for (const cidr of from ?? [ANYWHERE[family]]) add(family, "tcp", 22, cidr, "SSH");
    add(family, "icmp", undefined, ANYWHERE[family], "ICMP");
  }
  for (const { family, address } of profile.neighbors)
    if (announcedFamilies(network).includes(family))
      add(family, "tcp", 179, `${address}/${HOST_LENGTH[family]}`, "BGP");
  for (const family of announcedFamilies(network))
    for (const [name, service] of sortedEntries(network.services))
      for (const port of service.kind === "dns" ? ["udp/53", "tcp/53"] : service.ports) {
        const [protocol = "", number] = port.split("/");
        add(family, protocol as "tcp" | "udp", Number(number), ANYWHERE[family], name);
      }
  return rules;
}
