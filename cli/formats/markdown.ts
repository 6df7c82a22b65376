import type { Inventory } from "../../model/inventory.ts";
import { meantAndSo } from "../../model/site-status.ts";
import type { FoundSite } from "../fleet.ts";
import type { FormatOptions } from "./format.ts";

/** The network as two tables for people: who is meant to announce what and who does, and what each site is. */
export function markdown(inventory: Inventory, { found, now }: Pick<FormatOptions, "found" | "now">): string {
  const when = found === undefined ? "" : ` at ${now.toISOString().slice(0, 19)}Z`;
  const sites = Object.values(inventory.sites);
  return [
    `AS${inventory.asn} is meant to announce ${inventory.prefixes.length} prefixes from ${sites.length} sites; at least ${inventory.floor} must announce each.`,
    table(
      ["site", ...inventory.prefixes.flatMap((prefix) => [prefix, `announced${when}`])],
      sites.map(({ name, announces }) => [
        name,
        ...inventory.prefixes.flatMap((prefix) => [announces[prefix] ?? "withdrawn", announcedAt(found, name, prefix)]),
      ]),
    ),
    table(
      ["site", "provider", "region", "state", "IPv4", "IPv6", "neighbors", "BIRD", "agent"],
      sites.map(({ name, provider, region, state, addresses, neighbors, versions }) => [
        name,
        provider,
        region ?? "",
        state,
        addresses.ipv4 ?? "",
        addresses.ipv6 ?? "",
        neighbors.map(({ address, asn }) => `${address} (AS${asn})`).join(", "),
        versions.bird,
        versions.agent,
      ]),
    ),
  ].join("\n\n");
}

/** What the neighbors of a site have of a prefix. */
function announcedAt(found: readonly FoundSite[] | undefined, site: string, cidr: string): string {
  if (found === undefined) return "not asked";
  const asked = found.find((each) => each.site.name === site);
  if (asked === undefined || !("status" in asked)) return "no answer";
  const prefix = asked.status.prefixes.find((one) => one.cidr === cidr);
  return (prefix && meantAndSo(asked.status, prefix).announced) ?? "not known";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
