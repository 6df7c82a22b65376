import { mkdir, writeFile } from "node:fs/promises";
import { AgentError } from "../error.ts";
import { said, type Finished } from "../exec.ts";
import { holdOurs, LIMITED, shell, succeeded } from "./dpkg.ts";
import { at, STATE, type Host } from "./host.ts";
import { fileOf, filesOf, filesOfVersion } from "./package-files.ts";
import { DPKG, WITHOUT_STARTS } from "./package-scripts.ts";
import { formerAndNext, simulated, type PackageChange } from "./packages.ts";

/** Where a download stands until it is whole. */
const PARTIAL = `${STATE.packages}/partial`;

/** What apt prefers while it plans: what is built with a pinned package, as its libraries, has to have its version. */
const PREFERENCES = `${STATE.packages}/preferences`;

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
  const paths = await filesOfVersion(host, version);
  return (await fileOf(host, name, version)) === undefined ? [...paths, `${name}=${version}`] : paths;
}

async function mustBeWhole(host: Host, file: string): Promise<void> {
  const finished = await shell(host, 'dpkg-deb --fsys-tarfile "$1" > /dev/null', [file]);
  if (finished.status !== 0) throw new AgentError(`${file} is damaged (${said(finished)}): remove it from the host`);
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

/** Installs what {@link fetchPackages} fetched, and starts nothing. */
export async function installPackages(host: Host, changes: readonly PackageChange[]): Promise<void> {
  if (changes.length === 0) return;
  const packages = changes.map(({ name, after }) => ({ name, version: after }));
  const command = `${LIMITED} apt-get ${OPTIONS.map((option) => `'${option}'`).join(" ")} install "$@"`;
  succeeded(await shell(host, `${WITHOUT_STARTS}${command}`, await filesOf(host, packages)));
  await holdOurs(host, packages);
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
