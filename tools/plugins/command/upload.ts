import { readdir, stat } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import type { Sftp } from "./sftp.ts";

/** Writes a text to a file on the host; its folders are made. Throws if `remotePath` is a folder. */
export async function copyText(sftp: Sftp, text: string, remotePath: string): Promise<void> {
  if ((await sftp.kind(remotePath)) === "directory") {
    throw new Error(
      `remote path ${remotePath} is a directory; when using a text asset, remotePath must be a file path`,
    );
  }
  await makeDirectories(sftp, posix.dirname(remotePath));
  await sftp.writeText(remotePath, text);
}

/**
 * Copies a local file or folder to the host as the official plugin does; missing folders are made.
 *
 * | `localPath` | `remotePath` is a folder | does not exist           | is a file   |
 * | ----------- | ------------------------ | ------------------------ | ----------- |
 * | `dir`       | `remotePath/dir`         | `remotePath/dir`         | error       |
 * | `dir/`      | its content: into it     | its content: into it     | error       |
 * | `file`      | `remotePath/file`        | `remotePath`             | overwritten |
 */
export async function copyPath(sftp: Sftp, localPath: string, remotePath: string): Promise<void> {
  const within = posix.join(remotePath, basename(localPath));
  if ((await stat(localPath)).isDirectory()) {
    if (!(await sftp.kind(remotePath))) await makeDirectories(sftp, remotePath);
    await copyFolder(sftp, localPath, localPath.endsWith("/") ? remotePath : within);
    return;
  }
  const kind = await sftp.kind(remotePath);
  if (kind === undefined) await makeDirectories(sftp, posix.dirname(remotePath));
  await sftp.put(localPath, kind === "directory" ? within : remotePath);
}

async function copyFolder(sftp: Sftp, localPath: string, remotePath: string): Promise<void> {
  const kind = await sftp.kind(remotePath);
  if (kind === "file") throw new Error(`remote path ${remotePath} exists but is not a directory`);
  if (kind === undefined) await sftp.makeDirectory(remotePath);
  const entries = await readdir(localPath, { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const [from, to] = [join(localPath, entry.name), posix.join(remotePath, entry.name)];
    await (entry.isDirectory() ? copyFolder(sftp, from, to) : sftp.put(from, to));
  }
}

/** Makes a folder and those above it; throws if one of them is a file. */
async function makeDirectories(sftp: Sftp, path: string): Promise<void> {
  const kind = await sftp.kind(path);
  if (kind === "directory") return;
  if (kind === "file") throw new Error(`failed to create remote directory ${path}: it is a file`);
  await makeDirectories(sftp, posix.dirname(path));
  await sftp.makeDirectory(path);
}
