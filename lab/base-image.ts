import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { debianArchiveLines, machineAptSources } from "../tools/setup/apt-sources.ts";
import { cacheFolder, withCacheLock } from "../tools/setup/cache.ts";
import { runCommand } from "../tools/setup/command.ts";
import { distribution } from "../tools/setup/machine.ts";
import type { Progress } from "../tools/setup/step.ts";

/** Debian 12: the older of the two releases that a site may run. */
const release = "bookworm";

/** What a site needs, and nginx for a service that is not ours, installed and not configured, on a minimal system that boots. */
const packages = [
  "bird2",
  "ca-certificates",
  "cloud-init",
  "dbus",
  "iproute2",
  "iputils-ping",
  "knot",
  "knot-dnssecutils",
  "knot-dnsutils",
  "nftables",
  "nginx",
  "nodejs",
  "openssh-server",
  "procps",
  "sudo",
  "systemd",
  "systemd-sysv",
];

/** Debian starts these as soon as they are installed; on a site, whoever configures them starts them. */
const disabled = ["bird.service", "knot.service", "nginx.service"];

/** What costs memory or start-up time and is of no use in a container without a console, a disk or the Internet. */
const masked = [
  "apt-daily-upgrade.timer",
  "apt-daily.timer",
  "console-getty.service",
  "dev-hugepages.mount",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "getty.target",
  "systemd-ask-password-console.path",
  "systemd-ask-password-wall.path",
  "systemd-initctl.socket",
  "systemd-journal-flush.service",
  "systemd-logind.service",
  "systemd-networkd.service",
  "systemd-pstore.service",
  "systemd-resolved.service",
  "systemd-tmpfiles-clean.timer",
  "systemd-update-utmp-runlevel.service",
  "systemd-update-utmp.service",
];

/**
 * How a provider's image differs from Debian's: data from a seed folder alone, the network as it is, no package archive (there is no way
 * to one). Off until a simulated cloud's host takes the mark away: all other hosts start faster without it.
 */
const cloudInit = `datasource_list: [ NoCloud ]
network: { config: disabled }
disable_root: false
manage_etc_hosts: true
apt: { preserve_sources_list: true }
locale: false
growpart: { mode: "off" }
resize_rootfs: false
`;

/** Shell commands on the finished tree `$1`. The last one spares each host's start a search for new system users. */
const customize = `
set -e
chroot "$1" systemctl --quiet disable ${disabled.join(" ")}
chroot "$1" systemctl --quiet mask ${masked.join(" ")}
chroot "$1" systemctl --quiet set-default multi-user.target
mkdir "$1/etc/systemd/journald.conf.d"
printf '[Journal]\\nStorage=volatile\\nRuntimeMaxUse=8M\\nReadKMsg=no\\n' > "$1/etc/systemd/journald.conf.d/lab.conf"
cat > "$1/etc/cloud/cloud.cfg.d/90_lab.cfg" <<END
${cloudInit}END
touch "$1/etc/cloud/cloud-init.disabled"
rm -rf "$1"/etc/ssh/ssh_host_* "$1/etc/resolv.conf" "$1"/var/log/*.log "$1/var/log/apt"
echo host > "$1/etc/hostname"
touch -r "$1/usr" "$1/etc/.updated" "$1/var/.updated"
`;

/** Arguments of mmdebstrap but for the target and the archives: the whole recipe of the image. */
const recipe = [
  "--mode=root",
  "--variant=minbase",
  `--include=${packages.join(",")}`,
  ...["doc", "info", "lintian", "locale", "man"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
  `--customize-hook=${customize}`,
];

const digest = createHash("sha256")
  .update(JSON.stringify([process.arch, release, recipe]))
  .digest("hex")
  .slice(0, 12);

function imagePath(): string {
  return join(cacheFolder(), `base-${release}-${digest}`);
}

/** Whether the lab's base image, as this checkout wants it, is in the cache folder. */
export function hasBaseImage(): boolean {
  return existsSync(imagePath());
}

/**
 * The lab's base image: the absolute path of the tree of a Debian 12 host that boots under systemd-nspawn, for use below an
 * overlay, never to be written to. It has no SSH host keys, no host name of its own and an empty machine id.
 *
 * @throws Error when the set-up has not made it yet
 */
export async function baseImage(): Promise<string> {
  if (!hasBaseImage())
    throw new Error(`The lab's base image is missing at ${imagePath()}. Run npm run lab or npm test, which make it.`);
  return imagePath();
}

/**
 * Makes the lab's base image if it is not there yet, about a minute's work, and removes what a run that was killed left of it.
 *
 * @param progress told what is going on
 * @returns the same path as {@link baseImage}
 * @throws Error with the last lines of the output when the packages cannot be had or installed
 */
export async function buildBaseImage(progress: Progress): Promise<string> {
  const waiting = () => progress("another set-up on this machine is making it");
  return withCacheLock("base-image", waiting, async () => {
    if (hasBaseImage()) return imagePath();
    const partial = `${imagePath()}.partial`;
    const left = (await readdir(cacheFolder())).filter((name) => name.startsWith("base-") && name.endsWith(".partial"));
    await Promise.all(left.map((name) => rm(join(cacheFolder(), name), { recursive: true, maxRetries: 3 })));
    await bootstrap(partial, progress);
    // Empty and not "uninitialized": that would be a first boot, which enables again what is disabled.
    await writeFile(join(partial, "etc/machine-id"), "");
    await rename(partial, imagePath());
    return imagePath();
  });
}

/**
 * Wraps a command so that it and all that it started ends when this process does, however this does; else the next run would
 * clear away what is still being written. For mmdebstrap only: apt on the machine itself must not be killed half-way.
 */
const endsWithThisProcess = ["--pdeathsig=KILL", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];

async function bootstrap(target: string, progress: Progress): Promise<void> {
  const archives = debianArchiveLines(await machineAptSources(), await distribution(), release);
  // The name of the step mmdebstrap is at begins with "I: "; the rest is for whoever has to find out why it failed.
  const steps = (line: string) => line.startsWith("I: ") && progress(line.slice("I: ".length));
  const command = ["mmdebstrap", ...recipe, "--dpkgopt=force-unsafe-io", release, target, ...archives];
  try {
    await runCommand("setpriv", [...endsWithThisProcess, ...command], { progress: steps });
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw error;
  }
}
