import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { SiteInventory } from "../model/inventory.ts";

/** How a command on a host ended. `unreachable`: SSH itself failed, and `stderr` says why. */
export interface Ended {
  readonly unreachable: boolean;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long a connection may take to be made, in seconds, while nobody says otherwise. */
const CONNECT = 10;

/** What ssh exits with when it is not the command that failed. */
const SSH_FAILED = 255;

/**
 * Runs a command on a site's host as root, by the machine's own `ssh`: with its agent, configuration and jump hosts, but with the
 * host key pinned to the inventory's (never trusted on first use).
 *
 * @param identity file of the private key; undefined to use what `ssh` finds
 * @param commandLine for the shell of the host
 * @param patience how long the connection may take to be made, in seconds
 */
export async function onHost(
  { management }: Pick<SiteInventory, "management">,
  identity: string | undefined,
  commandLine: string,
  patience = CONNECT,
): Promise<Ended> {
  const { address, port, user, hostKey } = management;
  const folder = await mkdtemp(join(tmpdir(), "anycast-ssh-"));
  try {
    const knownHosts = join(folder, "known_hosts");
    await writeFile(knownHosts, `host ${hostKey}\n`);
    const { exitCode, stdout, stderr } = await execa(
      "ssh",
      [
        "-oBatchMode=yes",
        `-oConnectTimeout=${patience}`,
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
      { reject: false, stdin: "ignore" },
    );
    const status = exitCode ?? SSH_FAILED;
    return { unreachable: status === SSH_FAILED, status, stdout, stderr: stderr.trim() };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A word for the shell of the host. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
