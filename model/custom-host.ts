import { ConfigError, inUsersWords } from "./config-error.ts";
import { existingHostSchema } from "./host-schema.ts";
import { siteProblems } from "./rules.ts";
import type { ExistingHostConfig, NeighborInput, NetworkConfig } from "./schema.ts";

/** What is known of a host once its adapter has made it. */
export interface MadeHost {
  readonly address: string;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly hostKey: string;
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  readonly neighbors: readonly NeighborInput[] | undefined;
}

/**
 * A host that an adapter made, judged as if it had been there already and stood in the configuration.
 *
 * @throws ConfigError with every problem of what the adapter tells, and its path
 */
export function madeHost(config: NetworkConfig, name: string, made: MadeHost): ExistingHostConfig {
  const site = config.sites[name];
  if (site?.host.provider !== "custom") throw new Error(`site '${name}' has no host of the program's own`);
  const { profile, neighbors, location } = site.host;
  const given = { ...made, provider: "existing", profile, neighbors: made.neighbors ?? neighbors, location };
  const result = existingHostSchema.safeParse(given, { error: inUsersWords });
  if (!result.success)
    throw new ConfigError(
      result.error.issues.map(({ path, message }) => ({ path: ["sites", name, "host", ...path], message })),
    );
  const sites = { ...config.sites, [name]: { ...site, host: result.data } };
  const problems = siteProblems({ ...config, sites }, name);
  if (problems.length > 0) throw new ConfigError(problems);
  return result.data;
}
