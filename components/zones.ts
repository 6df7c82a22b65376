import { existsSync, readFileSync } from "node:fs";
import type { NetworkConfig } from "../model/schema.ts";
import { zonesOf } from "../model/zones.ts";

/**
 * Reads the zone files of all DNS services: zone name → content.
 *
 * @throws ConfigError with the path of every file that is not there
 */
export function readZones(config: NetworkConfig): Record<string, string> {
  return zonesOf(config, `the program's folder, ${process.cwd()}`, (file) =>
    existsSync(file) ? readFileSync(file, "utf8") : undefined,
  );
}
