import { readFile } from "node:fs/promises";
import type { ApplyResult } from "../../model/manifest.ts";
import { upstreamVersion } from "../../model/packages.ts";
import type { Run } from "../exec.ts";
import { ownVersion } from "../version.ts";

/**
 * The versions of what makes a site, upstream's without Debian's additions.
 *
 * @param serves whether Knot is one of it
 */
export async function hostVersions(run: Run, serves: boolean): Promise<ApplyResult["versions"]> {
  const { stdout } = await run([
    "dpkg-query",
    "--show",
    "--showformat=${Package} ${Version}\\n",
    "bird2",
    "knot",
    "nodejs",
  ]);
  const versions = new Map(stdout.split("\n").map((line) => line.split(" ", 2) as [string, string]));
  const upstream = (name: string): string => upstreamVersion(versions.get(name) ?? "");
  return {
    debian: (await readFile("/etc/debian_version", "utf8")).trim(),
    bird: upstream("bird2"),
    knot: serves ? upstream("knot") : null,
    node: upstream("nodejs"),
    agent: ownVersion(),
  };
}
