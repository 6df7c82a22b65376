import { STATE } from "../apply/host.ts";
import { DPKG } from "../apply/package-scripts.ts";
import type { SiteHost } from "./site-host.ts";

/** The version of BIRD that the host came with. */
export const FIRST = "2.0.12-7";

/** Version of BIRD → what becomes of the package, as shell commands in the folder of its files. */
const VERSIONS = {
  [FIRST]: "",
  "2.0.12-8": "",
  /** Accepts its configuration, and does not start. */
  "2.0.12-9": `printf '#!/bin/sh\\ncase "$*" in *-p*) exit 0;; esac\\nexit 1\\n' > usr/sbin/bird`,
  /** Takes long to be installed. */
  "2.0.12-10": "echo 'sleep 60' >> DEBIAN/postinst",
};

/** An archive of the host's own, in the place of Debian's, and the package of the first version where a person put it. */
export async function makeArchive(host: SiteHost): Promise<void> {
  const builds = Object.entries(VERSIONS).map(
    ([version, change]) => `rm -rf tree; cp -a first tree; (cd tree; ${change || ":"}
sed -i 's/^Version: .*/Version: ${version}/' DEBIAN/control; sed -i '/exit 0/d' DEBIAN/postinst)
dpkg-deb --build tree . >/dev/null`,
  );
  const script = `set -e
mkdir -p /srv/archive/first; cd /srv/archive
for path in $(dpkg -L bird2); do
  if [ -d "$path" ]; then mkdir -p "first$path"; elif [ -e "$path" ]; then cp -a "$path" "first$path"; fi
done
mkdir first/DEBIAN
for each in preinst prerm postinst postrm; do cp -p /var/lib/dpkg/info/bird2.$each first/DEBIAN/$each; done
dpkg-query --status bird2 | grep -v '^Status:' > first/DEBIAN/control
${builds.join("\n")}
cp bird2_${FIRST}_*.deb /srv
for each in *.deb; do
  dpkg-deb --field $each
  printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' $each "$(stat -c %s $each)" "$(sha256sum $each | cut -d' ' -f1)"
done > Packages
rm -rf /etc/apt/sources.list.d/*
echo 'deb [trusted=yes] file:/srv/archive ./' > /etc/apt/sources.list
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
