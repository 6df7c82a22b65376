import type { Inventory, SiteInventory } from "../../model/inventory.ts";
import { pretty } from "./json.ts";

/**
 * An inventory file for Ansible (its `yaml` plugin reads JSON): a host per site, grouped by state, provider and wave.
 * Host keys stand in `anycast_host_key`, for a `known_hosts` of one's own.
 */
export function ansible(inventory: Inventory): string {
  const sites = Object.values(inventory.sites);
  const groups = new Map<string, string[]>();
  const add = (group: string, site: string): void => void groups.set(group, [...(groups.get(group) ?? []), site]);
  for (const { name, state, provider } of sites) {
    add(groupName(`state_${state}`), name);
    add(groupName(`provider_${provider}`), name);
  }
  for (const [index, wave] of inventory.waves.entries()) for (const site of wave) add(`wave_${index + 1}`, site);
  return pretty({
    all: {
      vars: { anycast_asn: inventory.asn, anycast_prefixes: inventory.prefixes },
      children: {
        anycast: {
          hosts: Object.fromEntries(sites.map((site) => [site.name, variables(site)])),
          children: Object.fromEntries(
            [...groups].map(([group, names]) => [
              group,
              { hosts: Object.fromEntries(names.map((name) => [name, {}])) },
            ]),
          ),
        },
      },
    },
  });
}

function variables({ management, region, announces, neighbors }: SiteInventory): Record<string, unknown> {
  return {
    ansible_host: management.address,
    ansible_port: management.port,
    ansible_user: management.user,
    anycast_host_key: management.hostKey,
    anycast_region: region,
    anycast_announces: announces,
    anycast_neighbors: neighbors.map(({ address, asn }) => ({ address, asn })),
  };
}

/** Ansible's group names take no hyphen. */
function groupName(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_]/g, "_");
}
