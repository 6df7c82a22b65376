import { createHash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";

/** The agent as one file. */
export interface AgentBundle {
  /** Absolute path. */
  readonly path: string;
  /** The first 16 hex digits of the SHA-256 of the content. */
  readonly hash: string;
}

/** The bundle that is running: an absolute path without links. */
export function ownBundle(): string {
  return realpathSync(process.argv[1] ?? "");
}

/** The version of the agent that is running: its bundle's content hash, as {@link contentHash} makes it. */
export function ownVersion(): string {
  return contentHash(readFileSync(ownBundle()));
}

/** The first 16 hex digits of the SHA-256 of a bundle. */
export function contentHash(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}
