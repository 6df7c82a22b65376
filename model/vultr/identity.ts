import { createHash } from "node:crypto";

/** How many hexadecimal digits of the hash are the identity. */
const DIGITS = 32;

/**
 * Who a server is, by its public host key: the key is made once for each server and kept in the state, so that no two servers share it,
 * in whatever stack. It is in a tag of the server: with the key that SSH offers, anyone can check it.
 *
 * @param hostKey as in `ssh-ed25519 AAAA…`; a comment behind it does not count
 * @returns lower-case hexadecimal digits of SHA-256
 */
export function hostIdentity(hostKey: string): string {
  const [type = "", key = ""] = hostKey.trim().split(/\s+/);
  return createHash("sha256").update(`${type} ${key}`).digest("hex").slice(0, DIGITS);
}
