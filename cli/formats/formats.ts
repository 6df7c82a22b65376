import { ansible } from "./ansible.ts";
import { bgpalerter } from "./bgpalerter.ts";
import { dns } from "./dns.ts";
import type { Format, FormatName } from "./format.ts";
import { json } from "./json.ts";
import { markdown } from "./markdown.ts";
import { netbox } from "./netbox.ts";
import { prometheus } from "./prometheus.ts";
import { roa } from "./roa.ts";
import { rpsl } from "./rpsl.ts";

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
