import type { Inventory } from "../../model/inventory.ts";
import { ansible } from "./ansible.ts";
import { bgpalerter } from "./bgpalerter.ts";
import { dns } from "./dns.ts";
import { json } from "./json.ts";
import { markdown } from "./markdown.ts";
import { netbox } from "./netbox.ts";
import { prometheus } from "./prometheus.ts";
import { roa } from "./roa.ts";
import { rpsl } from "./rpsl.ts";

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
}

/** Writes an inventory for a reader of its own; ends with a newline. */
export type Format = (inventory: Inventory, options: FormatOptions) => string;

/** The names of the formats, as users write them. */
export type FormatName =
  "json" | "ansible" | "prometheus" | "bgpalerter" | "dns" | "rpsl" | "roa" | "netbox" | "markdown";

/** All formats by name. */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
  json,
  ansible,
  prometheus,
  bgpalerter,
  dns,
  rpsl,
  roa,
  netbox,
  markdown,
};
