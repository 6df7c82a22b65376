import { isAbsolute, join } from "node:path";
import { messageOf } from "../error.ts";
import { said, type Run } from "../exec.ts";
import type { User } from "./users.ts";

/** Debian's default (sshd_config(5), `AuthorizedKeysFile`). */
const DEFAULT = ".ssh/authorized_keys .ssh/authorized_keys2";

/** Where sshd looks for keys, in its order, as `AuthorizedKeysFile` has it. */
export interface KeyFiles {
  readonly patterns: readonly string[];
  /** Why it could not be asked, so that these are Debian's default; undefined when it told. */
  readonly problem: string | undefined;
}

/** Asks sshd where it looks for the keys of a user. */
export async function keyFilesOf(run: Run, user: string): Promise<KeyFiles> {
  try {
    const finished = await run(["/usr/sbin/sshd", "-T", "-C", `user=${user},host=localhost,addr=127.0.0.1`]);
    const [, told] = /^authorizedkeysfile (.*)$/m.exec(finished.stdout) ?? [];
    if (finished.status === 0 && told !== undefined) return { patterns: patternsIn(told), problem: undefined };
    return { patterns: patternsIn(DEFAULT), problem: said(finished) };
  } catch (error) {
    return { patterns: patternsIn(DEFAULT), problem: messageOf(error) };
  }
}

/** The path that a pattern means for a user; its tokens are sshd_config(5)'s. */
export function keyFileOf(pattern: string, { name, uid, home }: User): string {
  const tokens: Readonly<Record<string, string>> = { "%%": "%", "%h": home, "%u": name, "%U": String(uid) };
  const path = pattern.replaceAll(/%./g, (token) => tokens[token] ?? token);
  return isAbsolute(path) ? path : join(home, path);
}

function patternsIn(text: string): string[] {
  return text.split(" ").filter((pattern) => pattern !== "none" && pattern !== "");
}
