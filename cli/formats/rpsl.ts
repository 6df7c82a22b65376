import type { Inventory } from "../../model/inventory.ts";
import type { FormatOptions } from "./format.ts";

/** The `route` and `route6` objects of the prefixes (RFC 2622, RFC 4012), to be sent to the registry. */
export function rpsl(
  inventory: Inventory,
  { maintainer, source }: Pick<FormatOptions, "maintainer" | "source">,
): string {
  return inventory.prefixes
    .map((prefix) =>
      [
        [prefix.includes(":") ? "route6" : "route", prefix],
        ["descr", "anycast"],
        ["origin", `AS${inventory.asn}`],
        ["mnt-by", maintainer],
        ["source", source],
      ]
        .map(([name, value]) => `${`${name}:`.padEnd(16)}${value}\n`)
        .join(""),
    )
    .join("\n");
}
