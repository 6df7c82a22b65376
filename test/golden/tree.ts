import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { baseImage } from "../../lab/base-image.ts";
import type { Manifest } from "../../model/manifest.ts";

/**
 * Mounts a throwaway layer with the staged files over the base image `$1` and runs a command in it. The mounts are in a namespace of
 * their own and end with the command; the base image is never written to. `$2` is the folder with `staged/`, `mount/` and `run/`.
 */
const ENTER = `
base=$1 folder=$2; shift 2
mount -t tmpfs tmpfs "$folder/mount"
mkdir "$folder/mount/work" "$folder/mount/tree"
cp -a "$folder/staged" "$folder/mount/upper"
mount -t overlay overlay -o "lowerdir=$base,upperdir=$folder/mount/upper,workdir=$folder/mount/work" "$folder/mount/tree"
mount --bind /proc "$folder/mount/tree/proc"
mount --bind /dev "$folder/mount/tree/dev"
mount --bind "$folder/run" "$folder/mount/tree/run"
ip link set lo up
exec chroot "$folder/mount/tree" "$@"
`;

const spawn = (command: string, args: readonly string[]) =>
  execa(command, args, { all: true, reject: false, stdin: "ignore" });

/** A command in a tree: a promise of its `exitCode` and `all` it printed. Its `pid` is that of the command itself. */
export type TreeProcess = ReturnType<typeof spawn>;

/** A Debian 12 host's file tree with the files of a site in it, to run the real daemons and their checkers in. */
export interface SiteTree {
  /** The tree's `/run`, as this process sees it: where the daemons put their sockets. */
  readonly run: string;
  /** Adds or replaces a file, for what is started afterwards. */
  write(path: string, file: { content: string; mode: string; owner: string }): Promise<void>;
  /**
   * Starts a command as root in the tree, by default in a network namespace of its own, else in the named one.
   * Standard output and error are one stream; a failure does not throw: the caller looks at `exitCode` and `all`.
   */
  start(argv: readonly string[], namespace?: string): TreeProcess;
  remove(): Promise<void>;
}

/** A tree with the given files. To be removed when all that was started in it has ended. */
export async function siteTree(files: Manifest["files"]): Promise<SiteTree> {
  const base = await baseImage();
  const folder = await mkdtemp(join(tmpdir(), "anycast-tree-"));
  const staged = join(folder, "staged");
  await Promise.all([mkdir(staged, { mode: 0o755 }), mkdir(join(folder, "mount")), mkdir(join(folder, "run"))]);
  await chmod(folder, 0o755);
  const group = await idsOf(join(base, "etc/group"));
  const user = await idsOf(join(base, "etc/passwd"));
  const tree: SiteTree = {
    run: join(folder, "run"),
    async write(path, { content, mode, owner }) {
      const target = join(staged, path);
      const [userName = "", groupName = ""] = owner.split(":");
      await mkdir(dirname(target), { recursive: true, mode: 0o755 });
      await writeFile(target, content);
      await chmod(target, Number.parseInt(mode, 8));
      await chown(target, user.get(userName) ?? Number.NaN, group.get(groupName) ?? Number.NaN);
    },
    start(argv, namespace) {
      const network = namespace === undefined ? ["unshare", "--net"] : ["nsenter", `--net=/run/netns/${namespace}`];
      const [command = "", ...rest] = [
        ...network,
        "unshare",
        "--mount",
        "sh",
        "-ec",
        ENTER,
        "enter",
        base,
        folder,
        ...argv,
      ];
      return spawn(command, rest);
    },
    remove: () => rm(folder, { recursive: true }),
  };
  for (const [path, file] of Object.entries(files)) await tree.write(path, file);
  return tree;
}

/** The numeric ids by name in a file like `/etc/passwd`. */
async function idsOf(file: string): Promise<ReadonlyMap<string, number>> {
  const lines = (await readFile(file, "utf8")).split("\n").map((line) => line.split(":"));
  return new Map(lines.map(([name = "", , id]) => [name, Number(id)]));
}
