import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { runCommand } from "./command.ts";
import type { Progress } from "./step.ts";

/** How long the server may take to accept a connection, in s. */
export const connectTimeout = 5;

/**
 * Downloads the official release of the Pulumi CLI and checks it against the checksums that its makers publish elsewhere.
 *
 * @param version without `v`, for example `3.250.0`
 * @param folder an empty folder to work in
 * @returns the folder of the programs, inside `folder`; `undefined` when the release or its checksums cannot be reached
 * @throws Error when the download is not what its makers published
 * @see https://www.pulumi.com/docs/iac/download-install/versions/
 */
export async function downloadPulumi(version: string, folder: string, progress: Progress): Promise<string | undefined> {
  const archive = `pulumi-v${version}-linux-${process.arch}.tar.gz`;
  const checksums = `pulumi-${version}-checksums.txt`;
  const release = `https://github.com/pulumi/pulumi/releases/download/v${version}/${checksums}`;
  progress(`downloading ${archive}`);
  try {
    await download(release, join(folder, checksums), progress);
    await download(`https://get.pulumi.com/releases/sdk/${archive}`, join(folder, archive), progress);
  } catch {
    return undefined;
  }
  const expected = publishedChecksum(await readFile(join(folder, checksums), "utf8"), archive);
  const hash = createHash("sha256");
  await pipeline(createReadStream(join(folder, archive)), hash);
  if (hash.digest("hex") !== expected)
    throw new Error(`The download of ${archive} does not have the SHA-256 checksum of ${release}: run it again.`);
  progress("unpacking");
  await runCommand("tar", ["--extract", "--no-same-owner", `--file=${archive}`], { progress, cwd: folder });
  return join(folder, "pulumi");
}

/**
 * The SHA-256 checksum of a file in a list such as `sha256sum` prints, or `undefined` when the list does not have the file.
 */
export function publishedChecksum(list: string, file: string): string | undefined {
  const entries = list.split("\n").map((line) => line.trim().split(/\s+\*?/));
  return entries.find(([, name]) => name === file)?.[0];
}

async function download(url: string, file: string, progress: Progress): Promise<void> {
  const options = ["--fail", "--location", "--silent", "--show-error", "--connect-timeout", String(connectTimeout)];
  await runCommand("curl", [...options, "--retry", "2", "--output", file, url], { progress });
}
