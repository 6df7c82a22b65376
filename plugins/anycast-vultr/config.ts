import { vultrOptionsOf } from "../../clients/vultr/api.ts";
import { placeProblem } from "../../clients/vultr/place.ts";
import type { Failure } from "./check.ts";
import { ALL_GONE_VARIABLE } from "./own-account.ts";
import type { ProviderOptions } from "./provider.ts";
import { containsUnknown, plain, secret, type WireObject } from "./wire.ts";

/** What the engine adds to a provider's configuration by itself. */
const ENGINES_OWN = new Set(["version", "pluginDownloadURL", "pluginChecksums", "__internal"]);

/** Judges the provider's configuration; the key is a secret, however it was set. */
export function checkConfig(news: WireObject): { inputs: WireObject; failures: Failure[] } {
  const failures: Failure[] = Object.keys(news)
    .filter((name) => name !== "apiKey" && !ENGINES_OWN.has(name))
    .map((name) => ({
      property: name,
      reason: `anycast-vultr:${name} is not known; there is only anycast-vultr:apiKey`,
    }));
  const key = plain(news["apiKey"]);
  if (key === undefined || key === null) return { inputs: news, failures };
  if (!containsUnknown(key) && (typeof key !== "string" || key.trim() === ""))
    failures.push({ property: "apiKey", reason: "anycast-vultr:apiKey must be the key of Vultr's API, and not empty" });
  return { inputs: { ...news, apiKey: secret(key) }, failures };
}

/**
 * How the API is reached: the key of the stack's configuration, else the environment's.
 *
 * @throws Error when the environment names a place that cannot be meant: everything would look as if it were gone
 */
export function configuredOptions(args: WireObject, environment: NodeJS.ProcessEnv): ProviderOptions {
  const problem = placeProblem(environment);
  if (problem !== undefined) throw new Error(problem);
  const options = { ...vultrOptionsOf(environment), allGone: environment[ALL_GONE_VARIABLE] };
  const key = plain(args["apiKey"]);
  return typeof key === "string" && key.trim() !== "" ? { ...options, key: key.trim() } : options;
}
