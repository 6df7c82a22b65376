import { STATE } from "../apply/host.ts";
import { DPKG } from "../apply/package-scripts.ts";
import type { SiteHost } from "./site-host.ts";

/** A version of Node that does not run. */
export const BROKEN_NODE = "99.0-1";

/** The version of BIRD that the host came with. */
export const FIRST = "2.0.12-7";

/** Version of BIRD → what becomes of the package, as shell commands in the folder of its files. */
const BIRDS = {
  [FIRST]: "",
  "2.0.12-8": "",
  /** Accepts its configuration, and does not start. */
  "2.0.12-9": `printf '#!/bin/sh\\ncase "$*" in *-p*) exit 0;; esac\\nexit 1\\n' > usr/sbin/bird`,
  /** Takes long to be installed. */
  "2.0.12-10": "echo 'sleep 60' >> DEBIAN/postinst",
};

/** Versions of nftables, which needs its library in the very same one; beside the one that the host came with. */
const NFTABLES = { "9.0-1": "", "9.0-2": "" };

/** A version of Node that does not run; its library stays as it is. */
const NODES = { [BROKEN_NODE]: `printf '#!/bin/sh\\nexit 127\\n' > usr/bin/node` };

/** A shell command that gathers what is installed of a package in a folder of its name. */
function gather(name: string): string {
  return `for path in $(dpkg -L ${name}); do
  if [ -d "$path" ]; then mkdir -p "${name}$path"; elif [ -e "$path" ]; then cp -a "$path" "${name}$path"; fi
done
mkdir ${name}/DEBIAN
for each in preinst prerm postinst postrm; do
  for file in /var/lib/dpkg/info/${name}.$each /var/lib/dpkg/info/${name}:*.$each; do
    if [ -e "$file" ]; then cp -p "$file" ${name}/DEBIAN/$each; fi
  done
done
dpkg-query --status ${name} | grep -v '^Status:' > ${name}/DEBIAN/control`;
}

/** A shell command that builds a version of a package from what was gathered. */
function buildOne(name: string, version: string, change: string, together: boolean): string {
  const needs = together ? `; s/(= [^)]*)/(= ${version})/g` : "";
  return `rm -rf tree; cp -a ${name} tree
(cd tree; ${change || ":"}
sed -i 's/^Version: .*/Version: ${version}/${needs}' DEBIAN/control; sed -i '/exit 0/d' DEBIAN/postinst 2>/dev/null || :)
dpkg-deb --build tree . >/dev/null`;
}

/** A shell command that builds versions of packages from what is installed of them, into the current folder; of several, each needs the others in its version. */
function build(packages: readonly string[], versions: Readonly<Record<string, string>>): string {
  return packages
    .flatMap((name) => [
      gather(name),
      ...Object.entries(versions).map(([version, change]) => buildOne(name, version, change, packages.length > 1)),
    ])
    .join("\n");
}

/** An archive of the host's own, in the place of Debian's, and the package of the first version where a person put it. */
export async function makeArchive(host: SiteHost): Promise<void> {
  const { stdout: nftables } = await host.exec("dpkg-query", "--show", "--showformat=${Version}", "nftables");
  const { stdout: node } = await host.exec("dpkg-query", "--show", "--showformat=${Version}", "nodejs");
  const script = `set -e
mkdir -p /srv/archive; cd /srv/archive
${build(["bird2"], BIRDS)}
${build(["nftables", "libnftables1"], { [nftables]: "", ...NFTABLES })}
${build(["nodejs"], { [node]: "", ...NODES })}
cp bird2_${FIRST}_*.deb /srv
for each in *.deb; do
  dpkg-deb --field $each
  printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' $each "$(stat -c %s $each)" "$(sha256sum $each | cut -d' ' -f1)"
done > Packages
rm -rf /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/srv/archive ./' > /etc/apt/sources.list
apt-get -qq update
${DPKG}hold bird2`;
  await must(host, script);
}

/** Takes a version out of the archive, as Debian does when there is a newer one. */
export async function forgetVersion(host: SiteHost, version: string): Promise<void> {
  await must(
    host,
    `cd /srv/archive; awk -v RS= -v ORS='\\n\\n' '!/\\nVersion: ${version.replaceAll(".", "\\.")}\\n/' Packages > new; mv new Packages; apt-get -qq update`,
  );
}

/** Puts the package of the first version where the message says. */
export async function keepFirst(host: SiteHost): Promise<void> {
  await must(host, `cp /srv/bird2_${FIRST}_*.deb ${STATE.packages}/`);
}

async function must(host: SiteHost, script: string): Promise<void> {
  const { status, stderr } = await host.exec("sh", "-c", script);
  if (status !== 0) throw new Error(stderr);
}
