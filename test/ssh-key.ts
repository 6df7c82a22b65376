import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * An Ed25519 key pair of OpenSSH's own making, encrypted if a passphrase is given. `ssh2` 1.17 can make keys too, but
 * one in 217 of its Ed25519 keys cannot be read: it drops a leading zero.
 */
export function sshKey(passphrase = ""): { private: string; public: string } {
  const folder = mkdtempSync(join(tmpdir(), "anycast-key-"));
  try {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", join(folder, "key")]);
    return {
      private: readFileSync(join(folder, "key"), "utf8"),
      public: readFileSync(join(folder, "key.pub"), "utf8").trim(),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
