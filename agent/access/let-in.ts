import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fingerprint, keyIn, type SshKeys, type SshKeysResult } from "../../model/ssh-keys.ts";
import { putEntry } from "../apply/entry.ts";
import type { Host } from "../apply/host.ts";
import { AgentError } from "../error.ts";
import type { Run } from "../exec.ts";
import { accessChanges, type KeyFileChange } from "./changes.ts";
import { accessAfter, readAccess, writeAccess } from "./record.ts";

/**
 * Lets in keys.
 *
 * @throws AgentError when they would let nobody in, or OpenSSH does not read one; nothing was changed then
 */
export async function letIn(host: Host, given: SshKeys): Promise<SshKeysResult> {
  if (given.only && given.keys.length === 0)
    throw new AgentError(`nobody could log in as '${given.user}' any more: there is no key. Nothing was changed`);
  await refuseUnreadable(host.run, given.keys);
  const record = accessAfter(await readAccess(host), given);
  const { changes, warnings } = await accessChanges(host, record);
  // First, so that a run that is cut off is finished by the next one.
  await writeAccess(host, record);
  for (const change of changes) await write(change);
  return { changed: changes.map(({ path }) => path), warnings: [...warnings] };
}

async function write({ path, before, after, user }: KeyFileChange): Promise<void> {
  const { uid, gid } = user;
  const content = Buffer.from(after);
  if (before.kind === "file") return putEntry(path, { ...before, content });
  const folder = dirname(path);
  // sshd ignores what others may write to (StrictModes).
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) {
    await chown(folder, uid, gid);
    await chmod(folder, 0o700);
  }
  await putEntry(path, { kind: "file", content, mode: 0o600, uid, gid });
}

/** Has OpenSSH itself read the keys. */
async function refuseUnreadable(run: Run, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const read = await listed(run, keys);
  const unread = keys.find((line) => !read.includes(fingerprint(keyIn(line) ?? "")));
  if (unread !== undefined)
    throw new AgentError(`OpenSSH of this host does not read the key '${unread}'. Nothing was changed`);
}

/** What `ssh-keygen -l` lists of keys. */
async function listed(run: Run, keys: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "anycast-keys-"));
  try {
    const path = join(folder, "authorized_keys");
    await writeFile(path, `${keys.join("\n")}\n`);
    return (await run(["ssh-keygen", "-l", "-f", path])).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}
