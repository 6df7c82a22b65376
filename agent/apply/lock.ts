import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { AgentError } from "../error.ts";
import { at, STATE, type Host } from "./host.ts";

/** Seconds to wait for another one to end. */
const PATIENCE = 120;

/**
 * Waits until nobody else changes this host. The lock is the kernel's (flock(1)) and ends with this process, however that ends.
 *
 * @returns what ends it
 * @throws AgentError when another one takes longer than two minutes
 */
export async function lock(host: Pick<Host, "root">): Promise<() => void> {
  const path = at(host, STATE.lock);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // The child holds the lock as long as it can read from us.
  const holder = ["sh", "-c", "echo locked; exec cat"];
  const child = spawn("flock", ["--wait", String(PATIENCE), path, ...holder], { stdio: ["pipe", "pipe", "inherit"] });
  const locked = once(child.stdout, "data").then(() => true);
  const ended = once(child, "exit").then(() => false);
  if (await Promise.race([locked, ended])) return () => child.stdin.end();
  throw new AgentError(
    `another apply has been running for ${PATIENCE} s: see 'journalctl -t anycast-apply' and try again when it has ended`,
  );
}
