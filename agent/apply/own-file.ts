import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { parseJson } from "../config.ts";
import { isMissing } from "../error.ts";
import { putEntry } from "./entry.ts";

/** Reads a JSON file of our own; undefined when there is none. */
export async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T> | undefined> {
  try {
    return parseJson(schema, await readFile(path, "utf8"), path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Writes a JSON file for root alone, at once and durably. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeText(path, `${JSON.stringify(value)}\n`);
}

/** Writes a file for root alone, at once and durably. */
export async function writeText(path: string, text: string): Promise<void> {
  const content = Buffer.from(text);
  const { uid, gid } = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  await putEntry(path, { kind: "file", content, mode: 0o600, uid, gid });
}
