import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import type { SiteInventory } from "../model/inventory.ts";
import { CliError } from "./cli-error.ts";

/** How a command on a host ended. `unreachable`: SSH itself failed, and `stderr` says why. */
export interface Ended {
  readonly unreachable: boolean;
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long a connection may take to be made, in seconds. */
const CONNECT = 10;

/** What ssh exits with when it is not the command that failed. */
const SSH_FAILED = 255;

/**
 * Runs a command on a site's host as root, by the machine's own `ssh`: with its agent, configuration and jump hosts, but with the
 * host key pinned to the inventory's (never trusted on first use).
 *
 * @param identity file of the private key; undefined to use what `ssh` finds
 * @param commandLine for the shell of the host
 */
export async function onHost(
  { management }: Pick<SiteInventory, "management">,
  identity: string | undefined,
  commandLine: string,
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
        `-oConnectTimeout=${CONNECT}`,
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

/**
 * Asks a site's agent for something, by a command that prints JSON.
 *
 * @throws CliError with the agent's or ssh's own words
 */
export async function agentOn<T extends z.ZodType>(
  site: SiteInventory,
  identity: string | undefined,
  command: string,
  schema: T,
): Promise<z.output<T>> {
  const { unreachable, status, stdout, stderr } = await onHost(site, identity, `anycast-agent ${command}`);
  if (unreachable) throw new CliError(`SSH to ${site.name} (${site.management.address}): ${stderr}`);
  if (status !== 0) throw new CliError(stderr.replace(/^anycast-agent: /, ""));
  const parsed = schema.safeParse(JSON.parse(stdout));
  if (parsed.success) return parsed.data;
  throw new CliError(`${site.name}: its agent answers as another version: ${z.prettifyError(parsed.error)}`);
}

/** A word for the shell of the host. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
