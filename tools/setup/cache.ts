import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { invokingUser } from "./invoking-user.ts";

/**
 * The folder for what is costly to make and the same for every checkout: the Pulumi CLI and the lab's base image.
 * `$XDG_CACHE_HOME/pulumi-anycast`, by default `~/.cache/pulumi-anycast`.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function cacheFolder(): string {
  const base = process.env["XDG_CACHE_HOME"];
  return join(base !== undefined && base !== "" ? base : join(homedir(), ".cache"), "pulumi-anycast");
}

/** Makes the cache folder if need be, owned by the person who called `sudo`, and returns its path. */
export async function makeCacheFolder(): Promise<string> {
  const folder = cacheFolder();
  const { uid, gid } = invokingUser();
  const made = await mkdir(folder, { recursive: true });
  if (made === undefined || uid === undefined || gid === undefined) return folder;
  const parents = [folder];
  for (let each = folder; each !== made; each = dirname(each)) parents.push(dirname(each));
  await Promise.all(parents.map((each) => chown(each, uid, gid)));
  return folder;
}

/**
 * Runs `work` while no other process on this machine runs work under the same name (two checkouts share the cache).
 * The lock is the kernel's, so that it ends with the process that holds it, however that dies.
 *
 * @param name name of the lock, unique in the cache folder
 * @param waiting called once if another process holds the lock
 * @throws Error when the lock file cannot be opened
 * @see flock(1)
 */
export async function withCacheLock<T>(name: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  const file = join(await makeCacheFolder(), `${name}.lock`);
  // `cat` ends when this process closes its standard input or dies; the lock ends with `cat`.
  const holder = spawn("flock", ["--no-fork", file, "sh", "-c", "echo held; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const ended = once(holder, "exit");
  const held = once(holder.stdout, "data").then(() => true);
  const announce = setTimeout(waiting, 1000);
  try {
    if (!(await Promise.race([held, ended.then(() => false)]))) throw new Error(`Cannot lock ${file}.`);
    clearTimeout(announce);
    return await work();
  } finally {
    clearTimeout(announce);
    holder.stdin.end();
    await ended;
  }
}

/**
 * A folder in the cache folder that is made once for each recipe, on this architecture: `NAME-DIGEST`. Work that is cut off leaves nothing
 * there that could be taken for whole.
 *
 * @param recipe all that what is made depends on
 * @param make fills a folder, which it has to make itself; it is moved afterwards
 * @returns the absolute path
 */
export async function madeOnce(
  name: string,
  recipe: readonly unknown[],
  make: (folder: string) => Promise<unknown>,
): Promise<string> {
  const digest = createHash("sha256")
    .update(JSON.stringify([process.arch, recipe]))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheFolder(), `${name}-${digest}`);
  const work = async (): Promise<void> => {
    if (existsSync(folder)) return;
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true });
    await make(partial);
    await rename(partial, folder);
  };
  await withCacheLock(name, () => {}, work);
  return folder;
}
