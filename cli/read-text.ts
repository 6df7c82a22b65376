import { closeSync, openSync, readSync } from "node:fs";
import { CliError } from "./cli-error.ts";

/** Bytes of the largest file that is read: an inventory of a thousand sites has one million. */
const LARGEST_FILE = 64 * 1024 * 1024;

const CHUNK = 64 * 1024;

/**
 * Reads a text file, or standard input.
 *
 * @param path `-` for standard input
 * @throws CliError when it cannot be read, is empty, or is larger than 64 MiB
 */
export function readText(path: string): string {
  const where = path === "-" ? "standard input" : path;
  let bytes: Buffer;
  try {
    bytes = read(path);
  } catch (error) {
    throw new CliError(`${where}: ${reasonOf(error)}`);
  }
  if (bytes.length > LARGEST_FILE)
    throw new CliError(`${where}: larger than ${LARGEST_FILE / 1024 / 1024} MiB. Name the right file`);
  const text = bytes.toString("utf8");
  if (text.trim() === "") throw new CliError(`${where}: empty. Name the right file`);
  return text;
}

/** What the system says of a file, without its path and the call, as in `permission denied`. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^E[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? message;
}

/** Not by `readFileSync`: a device that never ends would take all memory. */
function read(path: string): Buffer {
  const file = path === "-" ? 0 : openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    for (let length = 0; length <= LARGEST_FILE;) {
      const chunk = Buffer.alloc(CHUNK);
      const got = readSync(file, chunk);
      if (got === 0) break;
      chunks.push(chunk.subarray(0, got));
      length += got;
    }
    return Buffer.concat(chunks);
  } finally {
    if (file !== 0) closeSync(file);
  }
}
