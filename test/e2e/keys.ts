import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import type { PeerKeys } from "../../model/key-change.ts";
import { sshKey } from "../ssh-key.ts";
import { must, type Checkout } from "./checkout.ts";

/** An SSH key of somebody who operates a network. */
export class OperatorKey {
  readonly private: string;
  /** As in `ssh-ed25519 AAAA…`. */
  readonly public: string;
  /** Where the private half is. */
  readonly file: string;
  private readonly folder: string;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "anycast-operator-"));
    ({ private: this.private, public: this.public } = sshKey());
    this.file = join(this.folder, "key");
    writeFileSync(this.file, this.private, { mode: 0o600 });
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Whether a host lets in the private key of a file; throws when the host does not answer. */
export async function opens(file: string, user: string, address: string): Promise<boolean> {
  const options = ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
  const args = [...options.flatMap((option) => ["-o", option]), "-i", file, `${user}@${address}`, "true"];
  const { exitCode, stderr } = await execa("ssh", args, { reject: false });
  if (exitCode !== 0 && !stderr.includes("Permission denied")) throw new Error(`ssh to ${address}: ${stderr}`);
  return exitCode === 0;
}

const keysSchema = z.object({ key: z.string(), next: z.string().optional() });
const fleetSchema = z.object({ fleet: z.object({ heard: z.number() }) });

/** The keys of the heartbeats that each site has. */
export async function keysTold(checkout: Checkout, sites: readonly string[]): Promise<PeerKeys[]> {
  const files = sites.map((site) => checkout.exec(`site-${site}`, "cat", "/etc/anycast/peers.json"));
  return (await Promise.all(files)).map((file) => keysSchema.parse(JSON.parse(must(file).stdout)));
}

/** How many others the sites heard, one look after the other, until something ends. */
export async function heardUntil(
  checkout: Checkout,
  sites: readonly string[],
  end: Promise<unknown>,
): Promise<number[]> {
  const heard: number[] = [];
  const ended = new AbortController();
  const abort = (): void => ended.abort();
  void end.then(abort, abort);
  while (!ended.signal.aborted)
    for (const site of sites) {
      const { stdout } = must(await checkout.exec(`site-${site}`, "anycast-agent", "status", "--json"));
      heard.push(fleetSchema.parse(JSON.parse(stdout)).fleet.heard);
    }
  return heard;
}
