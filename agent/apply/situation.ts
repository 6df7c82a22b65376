import type { Manifest } from "../../model/manifest.ts";
import { changesTo } from "./changes.ts";
import { readCurrent } from "./current.ts";
import type { Host } from "./host.ts";
import { installedVersions } from "./dpkg.ts";
import { packageChanges } from "./packages.ts";
import type { Situation } from "./plan.ts";
import { unitStates } from "./units.ts";
import { wantedEntries, type Wanted } from "./wanted.ts";

/**
 * Looks at the host and compares it with what it is to be. Changes nothing.
 *
 * @param bundle the agent's bundle to use from now on
 * @throws AgentError as {@link wantedEntries} does, or when systemd does not answer
 */
export async function lookAt(
  host: Host,
  { manifest, bundle }: { readonly manifest: Manifest; readonly bundle: string },
): Promise<{ wanted: Wanted; situation: Situation }> {
  const former = await readCurrent(host);
  const wanted = await wantedEntries(host, manifest, bundle);
  const situation: Situation = {
    changes: await changesTo(host, wanted, former?.paths ?? []),
    packages: packageChanges(manifest.packages, await installedVersions(host, Object.keys(manifest.packages))),
    ours: new Set(former?.paths),
    wanted: new Set(wanted.keys()),
    units: await unitStates(host.run),
  };
  return { wanted, situation };
}
