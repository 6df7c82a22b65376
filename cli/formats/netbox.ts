import type { Inventory } from "../../model/inventory.ts";

/** CSV for NetBox's bulk import of IP addresses: each site's unicast addresses, and the anycast addresses with their role. */
export function netbox(inventory: Inventory): string {
  const unicast = Object.values(inventory.sites).flatMap(({ name, addresses }) =>
    [addresses.ipv4, addresses.ipv6].flatMap((address) =>
      address === null ? [] : [[host(address), "active", "", name, `anycast site ${name}`]],
    ),
  );
  const anycast = Object.entries(inventory.services).flatMap(([name, { addresses }]) =>
    addresses.map((address) => [host(address), "active", "anycast", "", `service ${name}`]),
  );
  return [["address", "status", "role", "dns_name", "description"], ...unicast, ...anycast]
    .map((row) => `${row.join(",")}\n`)
    .join("");
}

function host(address: string): string {
  return `${address}/${address.includes(":") ? 128 : 32}`;
}
