import { familyOf, type Family } from "../model/ip.ts";
import { block } from "./text.ts";

/** What nftables calls a family in a match. */
export const MATCH = { 4: "ip", 6: "ip6" } as const satisfies Record<Family, string>;

/** The addresses or prefixes of a family. */
export function ofFamily(family: Family, addresses: readonly string[]): string[] {
  return addresses.filter((address) => familyOf(address.split("/")[0] ?? "") === family);
}

/** A named set; nftables refuses an empty list of elements, so it is left out. */
export function nftSet(
  name: string,
  type: string,
  elements: readonly string[],
  ...options: readonly string[]
): string[] {
  return block(`set ${name}`, [
    `type ${type}`,
    ...options,
    ...(elements.length > 0 ? [`elements = { ${elements.join(", ")} }`] : []),
  ]);
}
