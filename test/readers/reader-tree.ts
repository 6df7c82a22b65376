import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { debianArchiveLines, machineAptSources } from "../../tools/setup/apt-sources.ts";
import { madeOnce } from "../../tools/setup/cache.ts";
import { runCommand } from "../../tools/setup/command.ts";
import { distribution } from "../../tools/setup/machine.ts";

const RELEASE = "bookworm";

/** The programs that read our inventory formats. */
const PACKAGES = ["ansible-core", "bind9-utils", "prometheus", "stayrtr"];

const RECIPE = [
  "--mode=root",
  "--variant=minbase",
  `--include=${PACKAGES.join(",")}`,
  ...["doc", "info", "lintian", "locale", "man"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
  "--dpkgopt=force-unsafe-io",
];

/** A Debian tree with the readers in it, in the cache folder; made when it is not there yet. */
export async function readerTree(): Promise<string> {
  return madeOnce(`readers-${RELEASE}`, RECIPE, async (folder) => {
    const archives = debianArchiveLines(await machineAptSources(), await distribution(), RELEASE);
    await runCommand("mmdebstrap", [...RECIPE, RELEASE, folder, ...archives], { progress: () => {} });
  });
}

/** Runs a reader on files of the given contents, in the folder that has them; without a network. */
export async function read(
  tree: string,
  files: Readonly<Record<string, string>>,
  argv: readonly string[],
): Promise<{ exitCode: number | undefined; stdout: string; all: string }> {
  const folder = await mkdtemp(join(tmpdir(), "anycast-reader-"));
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const script =
      'mount --bind "$2" "$1/mnt"; mount --bind /proc "$1/proc"; mount --bind /dev "$1/dev"; mount -t tmpfs tmpfs "$1/tmp"; tree=$1; shift 2; ' +
      'ip link set lo up; exec chroot "$tree" sh -ec \'cd /mnt; export HOME=/tmp LC_ALL=C.UTF-8; exec "$@"\' reader "$@"';
    const { exitCode, stdout, all } = await execa(
      "unshare",
      ["--mount", "--net", "sh", "-ec", script, "reader", tree, folder, ...argv],
      { all: true, reject: false, stdin: "ignore" },
    );
    return { exitCode, stdout, all };
  } finally {
    await rm(folder, { recursive: true });
  }
}
