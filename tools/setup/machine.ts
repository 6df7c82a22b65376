import { mkdtemp, mkdir, readFile, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { makeCacheFolder } from "./cache.ts";

/** Free disk space that a set-up from nothing needs, in bytes: the Pulumi CLI built from source takes most of it. */
const neededSpace = 5e9;

/** `ID` of the distribution in `/etc/os-release`, such as `debian` or `ubuntu`; empty when there is none. */
export async function distribution(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^ID="?([^"\n]*)"?$/m.exec(text)?.[1] ?? "";
}

/**
 * Checks that this machine can run the lab: its kernel's features, the right to use them, and the room on its disk.
 * The rest (Linux, apt, Node, root) is checked by `tools/run`, before there is anything that could run this.
 *
 * @param checkout absolute path of the checkout
 * @throws Error that says what is missing and what to do
 */
export async function checkMachine(checkout: string): Promise<void> {
  for (const folder of [await makeCacheFolder(), checkout]) {
    const { bavail, bsize } = await statfs(folder);
    const complaint = spaceComplaint(folder, bavail * bsize);
    if (complaint !== undefined) throw new Error(complaint);
  }
  await checkNetworkNamespaces();
  await checkOverlay(checkout);
}

/**
 * What to tell the user when a file system has too little room, or `undefined` when it has enough.
 *
 * @param folder a folder on it
 * @param free its free space, in bytes
 */
export function spaceComplaint(folder: string, free: number): string | undefined {
  if (free >= neededSpace) return undefined;
  return `The disk of ${folder} has ${gigabytes(free)} free and the set-up needs ${gigabytes(neededSpace)}: make room and run it again.`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

async function checkNetworkNamespaces(): Promise<void> {
  const { failed, stderr } = await execa("unshare", ["--net", "true"], { reject: false });
  if (failed)
    throw new Error(
      `This machine does not let root make network namespaces, of which the lab is built (${stderr}). ` +
        "In a container, run it with --privileged; otherwise use a virtual machine.",
    );
}

/** A host's tree is an overlay on the base image, its upper layer in the checkout: tried for real, in mounts of its own. */
async function checkOverlay(checkout: string): Promise<void> {
  const folder = await mkdtemp(join(checkout, "node_modules", ".overlay-"));
  try {
    const layers = ["lower", "upper", "work", "merged"].map((name) => join(folder, name));
    await Promise.all(layers.map((layer) => mkdir(layer)));
    const [lower = "", upper = "", work = "", merged = ""] = layers;
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const mount = ["mount", "-t", "overlay", "overlay", "-o", options, merged];
    const { failed, stderr } = await execa("unshare", ["--mount", ...mount], { reject: false });
    if (failed)
      throw new Error(
        `This machine cannot put an overlay file system on ${checkout}, and the lab's hosts stand on one (${stderr.split("\n")[0]}). ` +
          "Move the checkout to a local disk (ext4, xfs or btrfs); in a container, run it with --privileged and the checkout on a volume.",
      );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
