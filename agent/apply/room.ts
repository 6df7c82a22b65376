import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { PATHS } from "../../model/paths.ts";
import { AgentError, isMissing } from "../error.ts";
import type { Change } from "./changes.ts";
import type { Entry } from "./entry.ts";
import { at, type Host } from "./host.ts";
import type { Wanted } from "./wanted.ts";

/** Bytes that stay free for what an apply does not write itself: the daemons' state and the logs. */
const RESERVE = 16 * 2 ** 20;

/** Bytes that a file takes on a disk beside its content, at most: its last block, its name. */
const BLOCK = 4096;

/** What a change writes, and the way back from it. */
export interface Footprint {
  readonly wanted: Wanted;
  readonly changes: readonly Change[];
  /** Bytes of the packages that change, unpacked, before and after. Default 0. */
  readonly unpacked?: number;
}

/** A disk, and what is free on it. */
export interface Disk {
  readonly id: number;
  /** Bytes. */
  readonly free: number;
  /** How many files it has room for; Infinity where it does not count them. */
  readonly freeFiles: number;
}

/** The disk that a path of this machine is on. Tests replace it. */
export type DiskOf = (path: string) => Promise<Disk>;

/**
 * Makes sure that a change and the way back from it have room on every disk, before anything is touched. What is to be written is counted
 * once more for the way back: the files that are replaced are kept until the end.
 *
 * @throws AgentError that names the disk, what it has free and what is needed
 */
export async function checkRoom(
  host: Host,
  { wanted, changes, unpacked = 0 }: Footprint,
  diskOf: DiskOf = realDisk,
): Promise<void> {
  const needs = new Map<number, { disk: Disk; path: string; bytes: number; files: number }>();
  const needBytes = async (path: string, moreBytes: number, moreFiles: number): Promise<void> => {
    const disk = await diskOf(at(host, path));
    const { bytes, files } = needs.get(disk.id) ?? { bytes: RESERVE, files: 0 };
    needs.set(disk.id, { disk, path, bytes: bytes + moreBytes, files: files + moreFiles });
  };
  const need = async (path: string, entries: readonly Entry[]): Promise<void> => {
    const more = entries.filter(({ kind }) => kind !== "absent");
    await needBytes(
      path,
      more.reduce((total, entry) => total + sizeOf(entry), 0),
      more.length,
    );
  };
  await need(PATHS.state, [...wanted.values(), ...changes.map(({ before }) => before)]);
  for (const { path, before, after } of changes) await need(dirname(path), [before, after]);
  if (unpacked > 0) await needBytes("/usr", unpacked, 0);
  for (const { disk, path, bytes, files } of needs.values()) {
    if (disk.free < bytes)
      throw new AgentError(`the disk of ${path} is too full: ${inMiB(disk.free)} are free, ${inMiB(bytes)} are needed`);
    if (disk.freeFiles < files)
      throw new AgentError(
        `the disk of ${path} has room for ${disk.freeFiles} more files, ${files} are needed (inodes)`,
      );
  }
}

/** The disk of a path, or of the folder that it will be made in. */
async function realDisk(path: string): Promise<Disk> {
  try {
    const { dev } = await stat(path);
    const { bavail, bsize, files, ffree } = await statfs(path);
    return { id: dev, free: bavail * bsize, freeFiles: files === 0 ? Infinity : ffree };
  } catch (error) {
    if (!isMissing(error) || path === "/") throw error;
    return realDisk(dirname(path));
  }
}

function sizeOf(entry: Entry): number {
  return BLOCK + (entry.kind === "file" ? entry.content.length : 0);
}

function inMiB(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
