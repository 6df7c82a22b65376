import type { Inventory, SiteInventory } from "../../model/inventory.ts";

/**
 * Records for a zone, with names relative to its origin (`$INCLUDE` it): each site's unicast addresses, its place (LOC, RFC 1876)
 * and what it is. The anycast addresses themselves are the services' own names and not made up here.
 */
export function dns(inventory: Inventory): string {
  return `${Object.values(inventory.sites).flatMap(records).join("\n")}\n`;
}

function records({ name, addresses, location, provider, region, state }: SiteInventory): string[] {
  const record = (type: string, data: string): string => `${name}\t3600\tIN\t${type}\t${data}`;
  return [
    ...(addresses.ipv4 === null ? [] : [record("A", addresses.ipv4)]),
    ...(addresses.ipv6 === null ? [] : [record("AAAA", addresses.ipv6)]),
    record("LOC", loc(location)),
    record("TXT", `"provider=${provider}" "region=${region ?? ""}" "state=${state}"`),
  ];
}

/** Degrees, minutes, seconds; a metro's size and precision of 10 km. */
function loc({ latitude, longitude }: SiteInventory["location"]): string {
  return `${angle(latitude, "N", "S")} ${angle(longitude, "E", "W")} 0m 10000m 10000m 10m`;
}

function angle(degrees: number, positive: string, negative: string): string {
  const seconds = Math.round(Math.abs(degrees) * 3600);
  return `${Math.floor(seconds / 3600)} ${Math.floor(seconds / 60) % 60} ${seconds % 60} ${degrees < 0 ? negative : positive}`;
}
