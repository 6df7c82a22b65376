import { existsSync } from "node:fs";
import { chown, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { cacheFolder, makeCacheFolder, withCacheLock } from "./cache.ts";
import { invokingUser } from "./invoking-user.ts";
import { buildPulumi } from "./pulumi-build.ts";
import { downloadPulumi } from "./pulumi-download.ts";
import type { Progress, Step } from "./step.ts";

/** The version that is downloaded or built when the machine has none: the latest whose source is a Go module. */
export const pulumiVersion = "3.250.0";

/** The oldest version on PATH that is taken as it is. */
const oldest = [3, 200] as const;

/** The programs without which a TypeScript program does not run. */
const programs = ["pulumi", "pulumi-language-nodejs"];

/** The Pulumi CLI: the one on PATH, else the official download, else built from its Go modules into the cache folder. */
export const pulumiCli: Step = {
  title: "Pulumi CLI",
  needed: async () => (await findPulumi()) === undefined,
  async run(progress) {
    const waiting = () => progress("another set-up on this machine is making it");
    const remark = await withCacheLock("pulumi", waiting, async () =>
      existsSync(cachedFolder()) ? undefined : await install(progress),
    );
    found = undefined;
    return remark;
  },
};

let found: Promise<string | undefined> | undefined;

/** The folder of the Pulumi CLI that the lab uses, or `undefined` when there is none yet. Looks once a process. */
export function findPulumi(): Promise<string | undefined> {
  found ??= onPath().then((folder) => folder ?? (existsSync(cachedFolder()) ? cachedFolder() : undefined));
  return found;
}

function cachedFolder(): string {
  return join(cacheFolder(), `pulumi-${pulumiVersion}`, "bin");
}

async function onPath(): Promise<string | undefined> {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const [cli, languageHost] = programs.map((name) => folders.find((folder) => existsSync(join(folder, name))));
  if (cli === undefined || languageHost === undefined) return undefined;
  const { stdout } = await execa(join(cli, "pulumi"), ["version"], { reject: false });
  return isRecent(stdout) ? cli : undefined;
}

/** Whether the output of `pulumi version`, such as `v3.250.0`, is of a version that is recent enough. */
export function isRecent(version: string): boolean {
  const [, major, minor] = /^v(\d+)\.(\d+)\.\d+/.exec(version.trim()) ?? [];
  return Number(major) === oldest[0] && Number(minor) >= oldest[1];
}

/** Returns how it was come by. */
async function install(progress: Progress): Promise<string> {
  const cache = await makeCacheFolder();
  const prefix = ".pulumi-partial-";
  const left = (await readdir(cache)).filter((name) => name.startsWith(prefix));
  await Promise.all(left.map((name) => rm(join(cache, name), { recursive: true, force: true })));

  const folder = await mkdtemp(join(cache, prefix));
  const { uid, gid } = invokingUser();
  if (uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
  try {
    const download = await downloadPulumi(pulumiVersion, folder, progress);
    const bin = download ?? (await buildPulumi(pulumiVersion, folder, progress));
    await mkdir(dirname(cachedFolder()), { recursive: true });
    await rename(bin, cachedFolder());
    return `${pulumiVersion}, ${download === undefined ? "built from source" : "downloaded"}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
