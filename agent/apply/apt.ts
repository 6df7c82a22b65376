import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { PACKAGES } from "../../model/packages.ts";
import { AgentError, isMissing } from "../error.ts";
import { said, type Finished } from "../exec.ts";
import { at, STATE, type Host } from "./host.ts";
import { simulated, type PackageChange } from "./packages.ts";
import { DPKG, WITHOUT_STARTS } from "./package-scripts.ts";

/** Seconds that apt or dpkg may take: the download, the scripts of the packages. Its children end with it. */
const LIMIT = 540;

/** Milliseconds for that, and for others that hold the lock before it. */
const PATIENCE = (LIMIT + 360) * 1000;

/** Where a download stands until it is whole. */
const PARTIAL = `${STATE.packages}/partial`;

/** What apt prefers while it plans: what is built with a pinned package, as its libraries, has to have its version. */
const PREFERENCES = `${STATE.packages}/preferences`;

/** The beginning of a command that takes long; what it starts ends with it. */
const LIMITED = `timeout --kill-after=10 ${LIMIT}`;

/** Exactly what is asked for, without questions, and with the configuration files that stand there. */
const OPTIONS = [
  "--quiet=2",
  "--yes",
  "--no-install-recommends",
  "--no-remove",
  "--allow-downgrades",
  "--allow-change-held-packages",
  `--option=Dir::Etc::preferences=${PREFERENCES}`,
  // The lock was free before the site was withdrawn.
  "--option=DPkg::Lock::Timeout=60",
  "--option=Dpkg::Options::=--force-confold",
];

/** What dpkg knows of a package. */
interface PackageState {
  readonly version: string;
  /** As in `installed`, `half-configured` or `config-files`. */
  readonly status: string;
  /** As in `install` or `hold`. */
  readonly want: string;
}

async function states(host: Host, names: readonly string[]): Promise<Map<string, PackageState>> {
  if (names.length === 0) return new Map();
  const format = "--showformat=${Package} ${db:Status-Status} ${db:Status-Want} ${Version}\\n";
  const { stdout } = await host.run(["dpkg-query", "--show", format, ...names]);
  const lines = stdout.split("\n").map((line) => line.split(" "));
  return new Map(
    lines.flatMap(([name = "", status = "", want = "", version = ""]) =>
      name === "" ? [] : [[name, { version, status, want }]],
    ),
  );
}

/** The versions of packages that are installed whole. */
export async function installedVersions(host: Host, names: readonly string[]): Promise<Map<string, string>> {
  const known = [...(await states(host, names))];
  return new Map(known.flatMap(([name, { version, status }]) => (status === "installed" ? [[name, version]] : [])));
}

/** The packages of which anything but their configuration files is there, also half of them. */
async function presentPackages(host: Host, names: readonly string[]): Promise<ReadonlySet<string>> {
  const known = [...(await states(host, names))];
  return new Set(
    known.flatMap(([name, { status }]) => (["not-installed", "config-files"].includes(status) ? [] : [name])),
  );
}

/**
 * Fetches all that is needed to change packages and to go back, makes sure of it, and waits until nobody else is at work with packages. Changes none.
 *
 * @param wanted the changes that are asked for
 * @returns those, and the changes that they bring along
 * @throws AgentError when the archive does not have a version, the new one or the old one, or a file is damaged
 */
export async function fetchPackages(host: Host, wanted: readonly PackageChange[]): Promise<PackageChange[]> {
  if (wanted.length === 0) return [];
  await mkdir(at(host, STATE.packages), { recursive: true, mode: 0o700 });
  const pins = wanted.map(({ name, after }) => `Package: src:${name}\nPin: version ${after}\nPin-Priority: 1001\n`);
  await writeFile(at(host, PREFERENCES), pins.join("\n"));
  const asked = (await Promise.all(wanted.map(({ name, after }) => askedFor(host, name, after)))).flat();
  const simulate = (): Promise<Finished> => apt(host, "--quiet=1", "--simulate", "install", ...asked);
  // What is wanted may be newer than what the host knows of its archive.
  let plan = await simulate();
  if (plan.status !== 0) {
    succeeded(await apt(host, "update"));
    plan = succeeded(await simulate());
  }
  const changes = simulated(plan.stdout);
  for (const { name, after } of wanted)
    if (!changes.some((change) => change.name === name && change.after === after))
      throw new AgentError(
        `apt does not install ${name} ${after}: 'dpkg --audit' on the host tells what is half-installed`,
      );
  for (const { name, before, after } of changes) {
    if (before !== undefined) await fetchFormer(host, name, before, after);
    if ((await fileOf(host, name, after)) === undefined) succeeded(await download(host, name, after));
  }
  for (const file of await filesOf(host, formerAndNext(changes))) await mustBeWhole(host, file);
  succeeded(await shell(host, `${DPKG}await_lock`, []));
  return changes;
}

/** What to tell apt: a package by its version, or the files of that version that are kept here, with what was built with it. */
async function askedFor(host: Host, name: string, version: string): Promise<string[]> {
  const files = (await kept(host)).filter((file) => file.split("_")[1] === inFileName(version));
  const paths = files.map((file) => `${STATE.packages}/${file}`);
  return (await fileOf(host, name, version)) === undefined ? [...paths, `${name}=${version}`] : paths;
}

async function mustBeWhole(host: Host, file: string): Promise<void> {
  const finished = await shell(host, 'dpkg-deb --fsys-tarfile "$1" > /dev/null', [file]);
  if (finished.status !== 0) throw new AgentError(`${file} is damaged (${said(finished)}): remove it from the host`);
}

function formerAndNext(changes: readonly PackageChange[]): Former[] {
  return changes.flatMap(({ name, before, after }) =>
    [before, after].flatMap((version) => (version === undefined ? [] : [{ name, version }])),
  );
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
  const sizes = await Promise.all(
    (await filesOf(host, formerAndNext(changes))).map((file) =>
      host.run(["dpkg-deb", "--field", file, "Installed-Size"]),
    ),
  );
  return sizes.reduce((sum, { stdout }) => sum + 1024 * Number(stdout), 0);
}

/** Lets go of what {@link DPKG} holds for us. */
export async function releasePackages(host: Host): Promise<void> {
  const ours = [...(await installedVersions(host, PACKAGES)).keys()];
  if (ours.length > 0) succeeded(await shell(host, `${DPKG}release "$@"`, ours));
}

/** Installs what {@link fetchPackages} fetched, and starts nothing. */
export async function installPackages(host: Host, changes: readonly PackageChange[]): Promise<void> {
  if (changes.length === 0) return;
  const packages = changes.map(({ name, after }) => ({ name, version: after }));
  const command = `${LIMITED} apt-get ${OPTIONS.map((option) => `'${option}'`).join(" ")} install "$@"`;
  succeeded(await shell(host, `${WITHOUT_STARTS}${command}`, await filesOf(host, packages)));
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
  const present = await presentPackages(host, names);
  const former = packages.filter(({ name, version }) => version !== undefined && now.get(name) !== version);
  const added = packages.filter(({ name, version }) => version === undefined && present.has(name));
  const other = [...former, ...added].map(({ name }) => name);
  if (other.length > 0) host.log(`putting packages back: ${other.join(", ")}`);
  const dpkg = (action: string, args: readonly string[]): Promise<Finished> =>
    shell(host, `${WITHOUT_STARTS}${DPKG}unlocked ${LIMITED} dpkg --force-confold ${action} "$@"`, args);
  // By dpkg itself: after a crash apt would first end what was begun.
  if (former.length > 0) succeeded(await dpkg("--install", await filesOf(host, former)));
  if (added.length > 0)
    succeeded(
      await dpkg(
        "--purge",
        added.map(({ name }) => name),
      ),
    );
  await holdOurs(host, packages);
}

/** To install a version lets go of its package. */
async function holdOurs(host: Host, packages: readonly Former[]): Promise<void> {
  const ours = packages.map(({ name }) => name).filter((name) => (PACKAGES as readonly string[]).includes(name));
  const free = [...(await states(host, ours))].filter(
    ([, { status, want }]) => status === "installed" && want !== "hold",
  );
  if (free.length > 0)
    succeeded(
      await shell(
        host,
        `${DPKG}hold "$@"`,
        free.map(([name]) => name),
      ),
    );
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

/** A file that was cut off would be taken for the package: it gets its name when it is whole, and on the disk. */
function download(host: Host, name: string, version: string): Promise<Finished> {
  const script = `set -e; rm -rf ${PARTIAL}; mkdir ${PARTIAL}; cd ${PARTIAL}
${LIMITED} apt-get --quiet=2 --option=APT::Sandbox::User=root download "$1"
sync -- *; mv -- * ..; rmdir ${PARTIAL}; sync ${STATE.packages}`;
  return shell(host, script, [`${name}=${version}`]);
}

function apt(host: Host, ...args: readonly string[]): Promise<Finished> {
  return shell(host, `${LIMITED} apt-get "$@"`, [...OPTIONS, ...args]);
}

function shell(host: Host, script: string, args: readonly string[]): Promise<Finished> {
  return host.run(["sh", "-c", `export LC_ALL=C\n${script}`, "sh", ...args], { timeout: PATIENCE });
}

function succeeded(finished: Finished): Finished {
  if (finished.status === 0) return finished;
  const [, unmet = ""] = /unmet dependencies:\n((?: .*\n?)+)/.exec(finished.stdout) ?? [];
  const reasons = unmet.split("\n").map((line) => line.trim().replaceAll(/\s+/g, " "));
  throw new AgentError(
    ["apt: ", said(finished), ...reasons.filter((reason) => reason !== "").map((r) => `; ${r}`)].join(""),
  );
}
