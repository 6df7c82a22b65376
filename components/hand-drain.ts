import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { drainText, siteStatusSchema } from "../model/site-status.ts";
import { onHost } from "../preflight/on-host.ts";

/** How long a host may take to take a connection, in seconds: a preview waits for it. */
const PATIENCE = 5;

/** How SSH reaches a host, as the `command` resources have it. */
export type Connection = pulumi.Unwrap<command.types.input.remote.ConnectionArgs>;

/**
 * What to say of a site that is deployed: who drained it by hand, which an `up` does not end; or that it cannot be asked. Nothing when nobody did.
 */
export async function handDrain(site: string, connection: Connection): Promise<string | undefined> {
  const asked = await withKeyFile(connection.privateKey, (identity) =>
    onHost({ management: managementOf(connection) }, identity, "anycast-agent status --json", PATIENCE),
  );
  const unknown = (why: string): string => `${site} cannot be asked whether it is drained by hand: ${why}`;
  if (asked.status !== 0) return unknown(asked.stderr);
  const status = siteStatusSchema.pick({ drain: true }).safeParse(JSON.parse(asked.stdout));
  if (!status.success) return unknown("its agent answers as another version");
  return status.data.drain === null ? undefined : `${site} is ${drainText(status.data.drain)}`;
}

function managementOf({ host, port = 22, user = "root", hostKey = "" }: Connection) {
  return { address: host, port, user, hostKey };
}

/** For `ssh`, which takes no key but from a file; for this user alone, and gone afterwards. */
async function withKeyFile<Result>(
  key: string | undefined,
  task: (file: string | undefined) => Promise<Result>,
): Promise<Result> {
  if (key === undefined) return task(undefined);
  const folder = await mkdtemp(join(tmpdir(), "anycast-key-"));
  try {
    const file = join(folder, "key");
    await writeFile(file, key.endsWith("\n") ? key : `${key}\n`, { mode: 0o600 });
    return await task(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}
