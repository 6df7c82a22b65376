import type { Inventory } from "../../model/inventory.ts";
import { pretty } from "./json.ts";

/** A prefix list for BGPalerter (`prefixes.yml`, of which JSON is a part): our prefixes from our AS alone, nothing more specific. */
export function bgpalerter(inventory: Inventory): string {
  return pretty({
    ...Object.fromEntries(
      inventory.prefixes.map((prefix) => [
        prefix,
        {
          description: `anycast at ${Object.keys(inventory.sites).join(", ")}`,
          asn: [inventory.asn],
          ignoreMorespecifics: false,
          ignore: false,
          group: "noc",
        },
      ]),
    ),
    options: {
      monitorASns: { [String(inventory.asn)]: { group: "noc", upstreams: upstreams(inventory), downstreams: null } },
    },
  });
}

/** Who our AS is seen behind: the providers' speakers. */
function upstreams(inventory: Inventory): number[] {
  const asns = Object.values(inventory.sites).flatMap(({ neighbors }) => neighbors.map(({ asn }) => asn));
  return [...new Set(asns)].toSorted((a, b) => a - b);
}
