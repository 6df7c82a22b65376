import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { SiteInventory } from "../model/inventory.ts";

/** How a command on a host ended. `unreachable`: SSH itself failed, or took too long; `stderr` says why. */
export interface Ended {
  readonly unreachable: boolean;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds that a host may take to answer a question, with all that SSH needs. */
export const ASK_TIMEOUT_MS = 10_000;

/** Seconds that a connection may take to be made; less than a question, so that ssh itself can say what it waited for. */
const CONNECT_TIMEOUT_S = 8;

/** Milliseconds until an ssh that does not end by itself is killed. */
const KILL_DELAY_MS = 500;

/** Characters of the longest answer: a status has a few thousand. */
const LONGEST_ANSWER = 2_000_000;

/** What ssh exits with when it is not the command that failed. */
const SSH_FAILED = 255;

/**
 * Runs a command on a site's host as root, by the machine's own `ssh`: with its agent, configuration and jump hosts, but with the
 * host key pinned to the inventory's (never trusted on first use). Never fails: what goes wrong is how it ended.
 *
 * @param identity file of the private key; undefined to use what `ssh` finds
 * @param commandLine for the shell of the host
 * @param timeoutMs how long all of it may take; Infinity: as long as the connection lives
 */
export async function onHost(
  { management }: Pick<SiteInventory, "management">,
  identity: string | undefined,
  commandLine: string,
  timeoutMs: number = ASK_TIMEOUT_MS,
): Promise<Ended> {
  const { address, port, user, hostKey } = management;
  // ssh would read it as an option.
  if (address.startsWith("-")) return failed(`'${address}' is no address`);
  const folder = await mkdtemp(join(tmpdir(), "anycast-ssh-"));
  try {
    const knownHosts = join(folder, "known_hosts");
    await writeFile(knownHosts, `host ${hostKey}\n`);
    const ssh = execa(
      "ssh",
      [
        "-oBatchMode=yes",
        "-oLogLevel=ERROR", // A host's banner is no reason why something failed.
        `-oConnectTimeout=${CONNECT_TIMEOUT_S}`,
        "-oServerAliveInterval=5",
        "-oServerAliveCountMax=3",
        "-oStrictHostKeyChecking=yes",
        `-oUserKnownHostsFile=${knownHosts}`,
        "-oGlobalKnownHostsFile=/dev/null",
        "-oHostKeyAlias=host",
        ...(identity === undefined ? [] : ["-oIdentitiesOnly=yes", "-i", identity]),
        "-p",
        String(port),
        "-l",
        user,
        address,
        "--",
        user === "root" ? commandLine : `sudo -n ${commandLine}`,
      ],
      {
        reject: false,
        stdin: "ignore",
        maxBuffer: LONGEST_ANSWER,
        forceKillAfterDelay: KILL_DELAY_MS,
        ...(Number.isFinite(timeoutMs) ? { timeout: timeoutMs } : {}),
      },
    );
    // A jump host's ssh, which the killed one leaves behind, holds its output open.
    const letGo = (): void => [ssh.stdout, ssh.stderr].forEach((stream) => stream.destroy());
    const timer = Number.isFinite(timeoutMs) ? setTimeout(letGo, timeoutMs + 2 * KILL_DELAY_MS) : undefined;
    const result = await ssh.finally(() => clearTimeout(timer));
    const { exitCode, stdout, timedOut, isMaxBuffer, code } = result;
    if (timedOut) return failed(`no answer within ${timeoutMs / 1000} s`);
    if (isMaxBuffer) return failed(`it answers with more than ${LONGEST_ANSWER} characters`);
    if (code === "ENOENT") return failed("there is no ssh on PATH. Install the OpenSSH client");
    const stderr = result.stderr.trim();
    if (exitCode === undefined || exitCode === SSH_FAILED) return failed(stderr || "ssh failed without a message");
    return { unreachable: false, status: exitCode, stdout, stderr };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function failed(stderr: string): Ended {
  return { unreachable: true, status: SSH_FAILED, stdout: "", stderr };
}

/** A word for the shell of the host. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
