import { readdir, rm } from "node:fs/promises";
import { AgentError, isMissing } from "../error.ts";
import { at, STATE, type Host } from "./host.ts";
import type { Former, PackageChange } from "./packages.ts";

/** The paths of packages that are kept on the host. @throws AgentError when one is not */
export function filesOf(host: Host, packages: readonly Former[]): Promise<string[]> {
  return Promise.all(
    packages.map(async ({ name, version = "" }) => {
      const file = await fileOf(host, name, version);
      if (file === undefined) throw new AgentError(`the package ${name} ${version} is not in ${STATE.packages}`);
      return file;
    }),
  );
}

/** The path of a package that is kept on the host; undefined when it is not. */
export async function fileOf(host: Host, name: string, version: string): Promise<string | undefined> {
  const file = (await kept(host)).find((each) => each.startsWith(prefixOf(name, version)));
  return file === undefined ? undefined : `${STATE.packages}/${file}`;
}

/** The paths of all packages of a version that are kept on the host: what was built together. */
export async function filesOfVersion(host: Host, version: string): Promise<string[]> {
  const files = (await kept(host)).filter((file) => file.split("_")[1] === inFileName(version));
  return files.map((file) => `${STATE.packages}/${file}`);
}

/** What the name of a package's file begins with, as apt names it; the architecture follows. */
export function prefixOf(name: string, version: string): string {
  return `${name}_${inFileName(version)}_`;
}

function inFileName(version: string): string {
  return version.replace(":", "%3a");
}

async function kept(host: Host): Promise<string[]> {
  return readdir(at(host, STATE.packages)).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

/**
 * Of the packages that were changed, leaves those that are installed now, those before, and those of versions that have to stay: libraries
 * have the version of the package that they were built with.
 */
export async function tidyPackages(
  host: Host,
  changes: readonly PackageChange[],
  versions: ReadonlySet<string>,
): Promise<void> {
  for (const { name, before = "", after } of changes) {
    const needed = [before, after, ...versions].map((version) => prefixOf(name, version));
    for (const file of await kept(host)) {
      if (file.startsWith(`${name}_`) && !needed.some((prefix) => file.startsWith(prefix)))
        await rm(at(host, `${STATE.packages}/${file}`));
    }
  }
}
