import { mkdir, readdir, rm } from "node:fs/promises";
import { PACKAGES } from "../../model/packages.ts";
import { AgentError, isMissing } from "../error.ts";
import { said, type Finished } from "../exec.ts";
import { at, STATE, type Host } from "./host.ts";
import { simulated, type PackageChange } from "./packages.ts";
import { DPKG, WITHOUT_STARTS } from "./package-scripts.ts";

/** Milliseconds that apt may take: others that hold its lock, the download, the scripts of the packages. */
const PATIENCE = 10 * 60_000;

/** Exactly what is asked for, without questions, and with the configuration files that stand there. */
const OPTIONS = [
  "--quiet=2",
  "--yes",
  "--no-install-recommends",
  "--no-remove",
  "--allow-downgrades",
  "--allow-change-held-packages",
  "--option=DPkg::Lock::Timeout=300",
  "--option=Dpkg::Options::=--force-confold",
];

/** The versions of packages that are installed whole. */
export async function installedVersions(host: Host, names: readonly string[]): Promise<Map<string, string>> {
  if (names.length === 0) return new Map();
  const format = "--showformat=${Package} ${Version} ${db:Status-Status}\\n";
  const { stdout } = await host.run(["dpkg-query", "--show", format, ...names]);
  const lines = stdout.split("\n").map((line) => line.split(" "));
  return new Map(lines.flatMap(([name, version, status]) => (status === "installed" ? [[name!, version!]] : [])));
}

/**
 * Fetches all that is needed to change packages and to go back, and changes none.
 *
 * @param wanted the changes that are asked for
 * @returns those, and the changes that they bring along
 * @throws AgentError when the archive does not have a version, the new one or the old one
 */
export async function fetchPackages(host: Host, wanted: readonly PackageChange[]): Promise<PackageChange[]> {
  if (wanted.length === 0) return [];
  const asked = await Promise.all(
    wanted.map(async ({ name, after }) => (await fileOf(host, name, after)) ?? `${name}=${after}`),
  );
  const simulate = (): Promise<Finished> => apt(host, "--simulate", "install", ...asked);
  // What is wanted may be newer than what the host knows of its archive.
  let plan = await simulate();
  if (plan.status !== 0) {
    succeeded(await apt(host, "update"));
    plan = succeeded(await simulate());
  }
  const changes = simulated(plan.stdout);
  await mkdir(at(host, STATE.packages), { recursive: true, mode: 0o700 });
  for (const { name, before, after } of changes) {
    if (before !== undefined) await fetchFormer(host, name, before, after);
    if ((await fileOf(host, name, after)) === undefined) succeeded(await download(host, name, after));
  }
  return changes;
}

async function fetchFormer(host: Host, name: string, before: string, after: string): Promise<void> {
  if ((await fileOf(host, name, before)) !== undefined) return;
  const finished = await download(host, name, before);
  if (finished.status !== 0)
    throw new AgentError(
      `there would be no way back from ${name} ${after}: the archive does not have ${before}, which is installed ` +
        `(${said(finished)}). Put its .deb into ${STATE.packages} on the host, under the name that apt gives it`,
    );
}

/** Bytes that fetched packages take, unpacked: the new ones and, for the way back, those before them. */
export async function unpackedSize(host: Host, changes: readonly PackageChange[]): Promise<number> {
  const packages = changes.flatMap(({ name, before, after }) =>
    [before, after].flatMap((version) => (version === undefined ? [] : [{ name, version }])),
  );
  const sizes = await Promise.all(
    (await filesOf(host, packages)).map((file) => host.run(["dpkg-deb", "--field", file, "Installed-Size"])),
  );
  return sizes.reduce((sum, { stdout }) => sum + 1024 * Number(stdout), 0);
}

/** Lets go of what {@link DPKG} holds for us. */
export async function releasePackages(host: Host): Promise<void> {
  const ours = [...(await installedVersions(host, PACKAGES)).keys()];
  if (ours.length > 0) succeeded(await shell(host, 'release "$@"', ours));
}

/** Installs what {@link fetchPackages} fetched, and starts nothing. */
export async function installPackages(host: Host, changes: readonly PackageChange[]): Promise<void> {
  if (changes.length === 0) return;
  const packages = changes.map(({ name, after }) => ({ name, version: after }));
  const command = `apt-get ${OPTIONS.map((option) => `'${option}'`).join(" ")} install "$@"`;
  succeeded(await shell(host, command, await filesOf(host, packages)));
  await holdOurs(host, packages);
}

/** A package as it was; without a version it was not there. */
export interface Former {
  readonly name: string;
  readonly version?: string | undefined;
}

/** Brings packages back to the versions that they had, from what is kept on the host. Can be repeated, also after a crash in the middle. */
export async function restorePackages(host: Host, packages: readonly Former[]): Promise<void> {
  const names = packages.map(({ name }) => name);
  const now = await installedVersions(host, names);
  const other = packages.filter(({ name, version }) => now.get(name) !== version);
  const former = other.filter(({ version }) => version !== undefined);
  const added = other.filter(({ version }) => version === undefined).map(({ name }) => name);
  if (other.length > 0) host.log(`putting packages back: ${other.map(({ name }) => name).join(", ")}`);
  // By dpkg itself: after a crash apt would first end what was begun.
  if (former.length > 0)
    succeeded(await shell(host, 'unlocked dpkg --force-confold --install "$@"', await filesOf(host, former)));
  if (added.length > 0) succeeded(await shell(host, 'unlocked dpkg --purge "$@"', added));
  await holdOurs(host, former);
}

/** To install a version lets go of its package. */
async function holdOurs(host: Host, packages: readonly Former[]): Promise<void> {
  const ours = packages.map(({ name }) => name).filter((name) => (PACKAGES as readonly string[]).includes(name));
  if (ours.length > 0) succeeded(await shell(host, 'hold "$@"', ours));
}

/** Of the packages that were changed, leaves those that are installed now and those before. */
export async function tidyPackages(host: Host, changes: readonly PackageChange[]): Promise<void> {
  for (const { name, before = "", after } of changes) {
    const needed = [before, after].map((version) => prefixOf(name, version));
    for (const file of await kept(host)) {
      if (file.startsWith(`${name}_`) && !needed.some((prefix) => file.startsWith(prefix)))
        await rm(at(host, `${STATE.packages}/${file}`));
    }
  }
}

/** @throws AgentError when one is not kept here */
function filesOf(host: Host, packages: readonly Former[]): Promise<string[]> {
  return Promise.all(
    packages.map(async ({ name, version = "" }) => {
      const file = await fileOf(host, name, version);
      if (file === undefined) throw new AgentError(`the package ${name} ${version} is not in ${STATE.packages}`);
      return file;
    }),
  );
}

async function fileOf(host: Host, name: string, version: string): Promise<string | undefined> {
  const file = (await kept(host)).find((each) => each.startsWith(prefixOf(name, version)));
  return file === undefined ? undefined : `${STATE.packages}/${file}`;
}

/** What the name of a package's file begins with, as apt names it: the architecture follows. */
function prefixOf(name: string, version: string): string {
  return `${name}_${version.replace(":", "%3a")}_`;
}

async function kept(host: Host): Promise<string[]> {
  return readdir(at(host, STATE.packages)).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

function download(host: Host, name: string, version: string): Promise<Finished> {
  const script = `cd ${STATE.packages} && exec apt-get --quiet=2 --option=APT::Sandbox::User=root download "$1"`;
  return host.run(["sh", "-c", script, "sh", `${name}=${version}`], { timeout: PATIENCE });
}

function apt(host: Host, ...args: readonly string[]): Promise<Finished> {
  return host.run(["apt-get", ...OPTIONS, ...args], { timeout: PATIENCE });
}

function shell(host: Host, script: string, args: readonly string[]): Promise<Finished> {
  return host.run(["sh", "-c", `${WITHOUT_STARTS}${DPKG}${script}`, "sh", ...args], { timeout: PATIENCE });
}

function succeeded(finished: Finished): Finished {
  if (finished.status === 0) return finished;
  throw new AgentError(`apt: ${said(finished)}`);
}
