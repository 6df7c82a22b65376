import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key pair of OpenSSH's own making. */
export function sshKey(): { private: string; public: string } {
  const folder = mkdtempSync(join(tmpdir(), "anycast-key-"));
  try {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", join(folder, "key")]);
    return {
      private: readFileSync(join(folder, "key"), "utf8"),
      public: readFileSync(join(folder, "key.pub"), "utf8"),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
