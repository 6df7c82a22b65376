import type { Inventory } from "../../model/inventory.ts";
import type { FormatOptions } from "./format.ts";
import { pretty } from "./json.ts";

/** Targets for Prometheus' `file_sd_configs`: the agents' metrics, labeled by site. */
export function prometheus(inventory: Inventory, { metricsPort }: Pick<FormatOptions, "metricsPort">): string {
  return pretty(
    Object.values(inventory.sites).map(({ name, management, provider, region, state }) => ({
      targets: [hostPort(management.address, metricsPort)],
      labels: { site: name, provider, region: region ?? "", state, asn: String(inventory.asn) },
    })),
  );
}

function hostPort(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
