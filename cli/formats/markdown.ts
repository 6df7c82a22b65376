import type { Inventory } from "../../model/inventory.ts";

/** The network as two tables for people: who announces what, and what each site is. */
export function markdown(inventory: Inventory): string {
  const sites = Object.values(inventory.sites);
  return [
    `AS${inventory.asn} announces ${inventory.prefixes.length} prefixes from ${sites.length} sites; at least ${inventory.floor} must announce each.`,
    table(
      ["site", ...inventory.prefixes],
      sites.map(({ name, announces }) => [
        name,
        ...inventory.prefixes.map((prefix) => announces[prefix] ?? "withdrawn"),
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

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
