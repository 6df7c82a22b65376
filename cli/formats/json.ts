import type { Inventory } from "../../model/inventory.ts";

/** JSON as people can read it, ending with a newline. */
export function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** The inventory itself (`model/inventory.ts`). */
export function json(inventory: Inventory): string {
  return pretty(inventory);
}
