import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { baseImage } from "../../lab/base-image.ts";
import { cacheFolder, withCacheLock } from "../../tools/setup/cache.ts";
import { runCommand } from "../../tools/setup/command.ts";
import { runStep, type Progress } from "../../tools/setup/step.ts";

/** Where the peers' programs are on a host. */
export const PEERS_BIN = "/opt/peers/bin";

/** What users would pick instead, from PyPI, at the versions that are measured. */
const PEERS = ["anycast-healthchecker==0.9.10", "exabgp==5.0.15"];

/** Debian's: curl and dig are what their checks run. */
const PACKAGES = ["bind9-dnsutils", "curl", "python3-venv"];

/**
 * The peers and what they run on, as a layer to be put over the lab's base image: the absolute path of a folder in the cache,
 * made when it is not there yet, which is announced on standard error.
 */
export async function peersLayer(): Promise<string> {
  const base = await baseImage();
  const digest = createHash("sha256")
    .update(JSON.stringify([base, PEERS, PACKAGES]))
    .digest("hex")
    .slice(0, 12);
  const layer = join(cacheFolder(), `bench-peers-${digest}`);
  await runStep({
    title: `Peers of the agent's benchmark (${PEERS.join(", ")})`,
    needed: async () => !existsSync(layer),
    async run(progress) {
      await withCacheLock(
        "bench-peers",
        () => progress("another benchmark on this machine is making it"),
        async () => {
          if (!existsSync(layer)) await make(base, layer, progress);
        },
      );
      return undefined;
    },
  });
  return join(layer, "upper");
}

async function make(base: string, layer: string, progress: Progress): Promise<void> {
  // Under another name until it is complete, so that a killed run leaves nothing half made.
  const partial = `${layer}.partial`;
  await rm(partial, { recursive: true, force: true });
  const [upper = "", work = "", root = ""] = ["upper", "work", "root"].map((name) => join(partial, name));
  for (const folder of [upper, work, root]) await mkdir(folder, { recursive: true });
  // The mounts live in a namespace of their own and end with the command.
  const script = `
set -e
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2,workdir=$3" "$4"
# The machine's own certificates and name servers, as it may reach the archives by a proxy of its own.
mount --bind /etc/ssl/certs "$4/etc/ssl/certs"
mount -t proc proc "$4/proc"
chroot "$4" apt-get --quiet update
chroot "$4" apt-get --quiet install --yes --no-install-recommends ${PACKAGES.join(" ")}
chroot "$4" python3 -m venv /opt/peers
chroot "$4" /opt/peers/bin/pip install --quiet ${PEERS.join(" ")}
rm -rf "$4/etc/resolv.conf" "$4"/var/cache/apt/* "$4"/var/lib/apt/lists/*
`;
  await copyFile("/etc/resolv.conf", join(await etcOf(upper), "resolv.conf"));
  const env = { DEBIAN_FRONTEND: "noninteractive", PATH: "/usr/sbin:/usr/bin:/sbin:/bin", PIP_FIND_LINKS: "" };
  try {
    await runCommand("unshare", ["--mount", "sh", "-c", script, "sh", base, upper, work, root], { progress, env });
    await rename(partial, layer);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function etcOf(upper: string): Promise<string> {
  const etc = join(upper, "etc");
  await mkdir(etc, { recursive: true });
  return etc;
}
