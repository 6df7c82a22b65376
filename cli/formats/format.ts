import type { Inventory } from "../../model/inventory.ts";
import type { FoundSite } from "../fleet.ts";

/** What some formats need besides the inventory. */
export interface FormatOptions {
  /** The maintainer of RPSL objects, as in `EXAMPLE-MNT`. */
  readonly maintainer: string;
  /** The registry of RPSL objects, as in `RIPE`. */
  readonly source: string;
  /** The port of the agents' metrics. */
  readonly metricsPort: number;
  /** When the output is made. */
  readonly now: Date;
  /** What the sites said when they were asked just now; undefined: they were not. */
  readonly found?: readonly FoundSite[];
}

/** Writes an inventory for a reader of its own; ends with a newline. */
export type Format = (inventory: Inventory, options: FormatOptions) => string;

/** The names of the formats, as users write them. */
export type FormatName =
  "json" | "ansible" | "prometheus" | "bgpalerter" | "dns" | "rpsl" | "roa" | "netbox" | "markdown";
