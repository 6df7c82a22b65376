import { execa } from "execa";

/** How long a host may take to answer, in seconds. */
const ANSWER_TIMEOUT_S = 5;

/**
 * Asks a host for its public host key, as in `ssh-ed25519 AAAA…`; undefined when it does not answer. What comes back is not trusted by
 * itself: compare it.
 */
export async function scanHostKey(address: string): Promise<string | undefined> {
  const { stdout } = await execa("ssh-keyscan", ["-T", String(ANSWER_TIMEOUT_S), "-t", "ed25519", address], {
    reject: false,
    stdin: "ignore",
  });
  const line = stdout.split("\n").find((each) => each !== "" && !each.startsWith("#"));
  const [, type, key] = line?.split(/\s+/) ?? [];
  return type === undefined || key === undefined ? undefined : `${type} ${key}`;
}
