import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { keyIn } from "../model/ssh-keys.ts";

/** How long the agent may take, in ms: one behind a broken forwarding never answers. */
const TIMEOUT_MS = 5000;

/**
 * Returns the public keys of the SSH agent, by which a run without a key of its own logs in, as base64; undefined when there is none, or it
 * does not answer. By OpenSSH itself, which knows keys of every kind.
 */
export async function agentKeys(): Promise<readonly string[] | undefined> {
  try {
    const { stdout } = await promisify(execFile)("ssh-add", ["-L"], { timeout: TIMEOUT_MS });
    return stdout.split("\n").flatMap((line) => keyIn(line) ?? []);
  } catch {
    return undefined;
  }
}
