import { ConfigError, type Problem } from "./config-error.ts";
import type { NetworkConfig } from "./schema.ts";

/**
 * The zone files of all DNS services: zone name → content.
 *
 * @param folder where their paths start, for messages
 * @param read the content of a file by its path from there; undefined when there is none
 * @throws ConfigError with the path of every file that is not there
 */
export function zonesOf(
  config: NetworkConfig,
  folder: string,
  read: (path: string) => string | undefined,
): Record<string, string> {
  const problems: Problem[] = [];
  const zones: Record<string, string> = {};
  for (const [service, settings] of Object.entries(config.services)) {
    if (settings.kind !== "dns") continue;
    for (const [zone, file] of Object.entries(settings.zones)) {
      const content = read(file);
      if (content !== undefined) zones[zone] = content;
      else
        problems.push({
          path: ["services", service, "zones", zone],
          message: `there is no file '${file}' (paths start at ${folder})`,
        });
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return zones;
}
