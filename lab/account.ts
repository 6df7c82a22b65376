import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { labPaths, type Lab } from "./folder.ts";
import { run } from "./process.ts";

/** What the lab's provider knows of its one customer; kept in `account.json`, readable by root alone. */
export interface Account {
  /** The MD5 password of all BGP sessions with hosts: 16 alphanumerics, as Vultr's are. */
  readonly bgpPassword: string;
}

const ALPHANUMERICS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Makes the account and the operator's SSH key, once in a lab's life. Under the lab's lock. */
export async function makeAccount(lab: Lab): Promise<void> {
  const { account, ssh, operatorKey } = labPaths(lab);
  if (!existsSync(account)) {
    const bgpPassword = Array.from({ length: 16 }, () => ALPHANUMERICS[randomInt(ALPHANUMERICS.length)]).join("");
    await writeFile(`${account}.new`, `${JSON.stringify({ bgpPassword } satisfies Account)}\n`, { mode: 0o600 });
    await rename(`${account}.new`, account);
  }
  await mkdir(ssh, { recursive: true, mode: 0o700 });
  // The public part is written last: with it, the key is complete.
  if (!existsSync(`${operatorKey}.pub`)) await makeKey(operatorKey, "operator of the lab");
}

/** The provider's account of a lab that was started. */
export async function readAccount(lab: Lab): Promise<Account> {
  return JSON.parse(await readFile(labPaths(lab).account, "utf8")) as Account;
}

/** Makes an Ed25519 key pair in `path` and `path.pub`. One that a killed run left half made is overwritten. */
export async function makeKey(path: string, comment: string): Promise<void> {
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path], { input: "y\n" });
}
