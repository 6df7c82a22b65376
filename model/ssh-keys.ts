import { createHash } from "node:crypto";
import { z } from "zod";

/** A public SSH key, as in `ssh-ed25519 AAAA… comment`. */
export const PUBLIC_KEY = /^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]+=*( [^\n\r]*)?$/;

/**
 * Whom a host lets in by SSH: what `anycast-agent ssh-keys` reads. Apart from the manifest, so that no rollback lets a key in that was
 * revoked since.
 */
export const sshKeysSchema = z.strictObject({
  format: z.literal(1),
  /** The user that SSH logs in as. */
  user: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "must be the name of a user"),
  /** Whether these keys alone are let in, as on a host that was made for the stack; else beside those that are there. */
  only: z.boolean(),
  /** Lines of `authorized_keys`, without options. */
  keys: z.array(z.string().regex(PUBLIC_KEY, "must be a public SSH key, as in 'ssh-ed25519 AAAA…'")),
});

export type SshKeys = z.output<typeof sshKeysSchema>;

/** What `anycast-agent ssh-keys` prints. */
export const sshKeysResultSchema = z.object({
  /** Paths of the files that were changed. */
  changed: z.array(z.string()),
  /** What a person should look at. */
  warnings: z.array(z.string()),
});

export type SshKeysResult = z.output<typeof sshKeysResultSchema>;

/** The key of a line of `authorized_keys`, as base64, whatever options and comment it has; undefined where the line has none. */
export function keyIn(line: string): string | undefined {
  if (line.trimStart().startsWith("#")) return undefined;
  // Options may have blanks, and even keys, in quotes.
  const words = line
    .replaceAll(/"(?:\\.|[^"\\])*"/g, '""')
    .trim()
    .split(/\s+/);
  const at = words.slice(0, 2).findIndex((word) => /^(ssh-|ecdsa-|sk-)/.test(word));
  const key = at < 0 ? undefined : words[at + 1];
  return key === undefined ? undefined : Buffer.from(key, "base64").toString("base64");
}

/** What `ssh-keygen -l` calls a key, as in `SHA256:…`. */
export function fingerprint(key: string): string {
  const digest = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
  return `SHA256:${digest.replaceAll("=", "")}`;
}
