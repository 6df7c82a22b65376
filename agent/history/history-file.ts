import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** How many transitions are kept. */
export const KEPT = 200;

/** Octets from the end of the file that are read: room for the longest causes of {@link KEPT} transitions. */
const LONGEST = 1024 * 1024;

/** A change of a prefix's state, as `anycast-agent history --json` prints it and the history's file keeps it. */
export interface Transition {
  /** ISO 8601. */
  readonly at: string;
  readonly prefix: string;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
  /** Milliseconds that the old state was. */
  readonly lasted: number;
}

/** The last transitions of a history's file, the oldest first; lines that are none, as a power cut leaves them, are left out. */
export function readHistory(path: string): Transition[] {
  const lines = tail(path).split("\n");
  return lines.flatMap((line) => parse(line) ?? []).slice(-KEPT);
}

function parse(line: string): Transition | undefined {
  try {
    const value = JSON.parse(line) as Transition;
    const texts = [value.at, value.prefix, value.from, value.to, value.cause];
    return texts.every((text) => typeof text === "string") && typeof value.lasted === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The end of a file; empty when it cannot be read. */
function tail(path: string): string {
  try {
    const file = openSync(path, "r");
    try {
      const { size } = fstatSync(file);
      const length = Math.min(size, LONGEST);
      const buffer = Buffer.alloc(length);
      const read = readSync(file, buffer, 0, length, size - length);
      return buffer.toString("utf8", 0, read);
    } finally {
      closeSync(file);
    }
  } catch {
    return "";
  }
}
