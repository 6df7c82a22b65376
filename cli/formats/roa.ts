import type { Inventory } from "../../model/inventory.ts";
import type { FormatOptions } from "./format.ts";
import { pretty } from "./json.ts";

/**
 * The ROAs that the announcements need, in the JSON that validators write and RTR servers read: exactly the announced
 * lengths, as a looser `maxLength` invites forged more specifics (safety 6, RFC 9319).
 */
export function roa({ asn, prefixes }: Inventory, { now }: Pick<FormatOptions, "now">): string {
  return pretty({
    // RTR servers refuse a file that does not say when it was made.
    metadata: { buildtime: now.toISOString(), roas: prefixes.length },
    roas: prefixes.map((prefix) => ({
      prefix,
      maxLength: Number(prefix.split("/")[1]),
      asn: `AS${asn}`,
      ta: "wanted",
    })),
  });
}
