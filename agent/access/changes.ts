import { realpath } from "node:fs/promises";
import { fingerprint } from "../../model/ssh-keys.ts";
import { readEntry, type Entry } from "../apply/entry.ts";
import { at, type Host } from "../apply/host.ts";
import { AgentError, isMissing } from "../error.ts";
import { keysIn, onlyKeys, revisedKeys } from "./authorized-keys.ts";
import { keyFileOf, keyFilesOf } from "./key-files.ts";
import type { AccessRecord } from "./record.ts";
import { userNamed, usersOf, type User } from "./users.ts";

/** A file of authorized keys that is not as it is to be. */
export interface KeyFileChange {
  readonly path: string;
  readonly before: Entry;
  readonly after: string;
  /** Who owns it when it is made. */
  readonly user: User;
}

/** What there is to change on a host, and what a person should look at. */
export interface AccessChanges {
  readonly changes: readonly KeyFileChange[];
  readonly warnings: readonly string[];
}

/**
 * Compares the host with what is remembered: the files of the user that SSH logs in as, of those it did before, and of root. Files of other
 * users are only looked at.
 *
 * @throws AgentError when the user does not exist, or sshd would read its keys from no file
 */
export async function accessChanges(host: Host, record: AccessRecord): Promise<AccessChanges> {
  const { run } = host;
  const revoked = new Set(record.revoked);
  const changes = new Map<string, KeyFileChange>();
  const looked = new Set<string>();
  const warnings = new Set<string>();
  const patterns = new Set<string>();
  for (const name of new Set([record.user, ...record.users, "root"])) {
    const user = await userNamed(run, name);
    if (user === undefined && name !== record.user) continue;
    if (user === undefined) throw new AgentError(`the host has no user '${name}'`);
    const files = await keyFilesOf(run, name);
    if (files.problem !== undefined)
      warnings.add(`sshd does not say where it reads authorized keys, and its default is taken: ${files.problem}`);
    const isLogin = name === record.user;
    if (isLogin && files.patterns.length === 0 && record.keys.length > 0)
      throw new AgentError(`sshd reads the keys of '${name}' from no file: set AuthorizedKeysFile in sshd_config`);
    for (const [index, pattern] of files.patterns.entries()) {
      patterns.add(pattern);
      const path = await realPath(host, keyFileOf(pattern, user));
      looked.add(path);
      const before = changes.get(path)?.before ?? (await readEntry(path));
      const text = changes.get(path)?.after ?? textOf(before);
      const wanted = isLogin && index === 0 ? record.keys : [];
      // A file that users share is not the stack's alone.
      const isOnly = isLogin && record.only && path.startsWith(`${await realPath(host, user.home)}/`);
      const after = isOnly && (index === 0 || text !== "") ? onlyKeys(wanted) : revisedKeys(text, wanted, revoked);
      if (after !== textOf(before)) changes.set(path, { path, before, after, user });
    }
  }
  for (const other of revoked.size === 0 ? [] : await usersOf(run))
    for (const pattern of patterns) {
      const path = await realPath(host, keyFileOf(pattern, other));
      if (looked.has(path)) continue;
      looked.add(path);
      for (const key of keysIn(textOf(await readEntry(path).catch(() => ({ kind: "absent" }) as const))))
        if (revoked.has(key))
          warnings.add(
            `user '${other.name}' still lets in the revoked key ${fingerprint(key)}: remove it from ${path}`,
          );
    }
  return { changes: [...changes.values()], warnings: [...warnings] };
}

function textOf(entry: Entry): string {
  return entry.kind === "file" ? entry.content.toString() : "";
}

/** What a path is once its links are followed; itself where there is nothing. */
async function realPath(host: Host, path: string): Promise<string> {
  const there = at(host, path);
  try {
    return await realpath(there);
  } catch (error) {
    if (isMissing(error)) return there;
    throw error;
  }
}
