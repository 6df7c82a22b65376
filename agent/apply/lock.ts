import { spawn } from "node:child_process";
import { once } from "node:events";
import { truncateSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { AgentError } from "../error.ts";
import { at, STATE, type Host } from "./host.ts";

/** How long (ms) to wait for another one to end. */
const LOCK_TIMEOUT_MS = 120_000;

/** Who changes the host. */
export interface LockHolder {
  /** What is done, as in `apply`. */
  readonly what: string;
  /** The address that SSH was used from; null for somebody on the host itself. */
  readonly from: string | null;
}

const heldSchema = z.object({ what: z.string(), from: z.string().nullable(), since: z.iso.datetime() });

/** A lock that is held. */
export interface Lock {
  /** Whether somebody else had it first. */
  readonly waited: boolean;
  readonly unlock: () => void;
}

/**
 * Waits until nobody else changes this host, and notes in the lock file who does now. The lock is the kernel's (flock(1)) and ends with this
 * process, however that ends.
 *
 * @param timeoutMs default two minutes
 * @throws AgentError that names who has it, and since when, if that takes longer
 */
export async function lock(host: Pick<Host, "root">, holder: LockHolder, timeoutMs = LOCK_TIMEOUT_MS): Promise<Lock> {
  const path = at(host, STATE.lock);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const free = await take(path, 0);
  const unlock = free ?? (await take(path, timeoutMs));
  if (unlock === undefined)
    throw new AgentError(
      `${await describeHolder(path)}, and did not end within ${timeoutMs / 1000} s. ` +
        "Follow it with 'journalctl -t anycast-apply', and try again when it has ended",
    );
  // Never by another file in its place: that would not be locked. A full disk is no reason to do nothing.
  const note = JSON.stringify({ ...holder, since: new Date().toISOString() });
  await writeFile(path, note, { mode: 0o600 }).catch(() => {});
  return {
    waited: free === undefined,
    unlock: () => {
      truncateSync(path);
      unlock();
    },
  };
}

/** Takes the lock within a time; undefined when somebody else has it for longer. */
async function take(path: string, timeoutMs: number): Promise<(() => void) | undefined> {
  // The child holds the lock as long as it can read from us.
  const command = ["sh", "-c", "echo locked; exec cat"];
  const options = ["--wait", String(timeoutMs / 1000)];
  const child = spawn("flock", [...options, path, ...command], { stdio: ["pipe", "pipe", "inherit"] });
  const locked = once(child.stdout, "data").then(() => true);
  const ended = once(child, "exit").then(() => false);
  return (await Promise.race([locked, ended])) ? () => child.stdin.end() : undefined;
}

/** Says who has the lock: `another apply, from 192.0.2.7, has changed this host since 2026-…Z`. */
async function describeHolder(path: string): Promise<string> {
  try {
    const { what, from, since } = heldSchema.parse(JSON.parse(await readFile(path, "utf8")));
    return `another ${what}, from ${from ?? "this host's console"}, has been changing this host since ${since}`;
  } catch {
    return "another apply has been changing this host";
  }
}
