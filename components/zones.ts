import { existsSync, readFileSync } from "node:fs";
import { ConfigError, type Problem } from "../model/config-error.ts";
import type { NetworkConfig } from "../model/schema.ts";

/**
 * Reads the zone files of all DNS services: zone name → content.
 * @throws ConfigError with the path of every file that is not there.
 */
export function readZones(config: NetworkConfig): Record<string, string> {
  const problems: Problem[] = [];
  const zones: Record<string, string> = {};
  for (const [service, settings] of Object.entries(config.services)) {
    if (settings.kind !== "dns") continue;
    for (const [zone, file] of Object.entries(settings.zones)) {
      if (existsSync(file)) zones[zone] = readFileSync(file, "utf8");
      else
        problems.push({
          path: ["services", service, "zones", zone],
          message: `there is no file '${file}' (paths start at the program's folder, ${process.cwd()})`,
        });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return zones;
}
