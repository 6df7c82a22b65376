import { fingerprint } from "../../model/ssh-keys.ts";
import type { Drift } from "../../model/verification.ts";
import { keysIn } from "../access/authorized-keys.ts";
import { accessChanges, type KeyFileChange } from "../access/changes.ts";
import { readAccess } from "../access/record.ts";
import type { Host } from "../apply/host.ts";
import { AgentError } from "../error.ts";
import { plain } from "./units.ts";

/** Keys that SSH lets in and should not, and those that it should; nothing on a host that was never given keys. */
export async function accessDrift(host: Host): Promise<Drift[]> {
  const record = await readAccess(host);
  if (record === undefined) return [];
  try {
    const { changes, warnings } = await accessChanges(host, record);
    const revoked = new Set(record.revoked);
    return [...changes.flatMap((change) => keyDrift(change, revoked)), ...warnings.map((text) => plain("SSH", text))];
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return [plain("SSH", error.message)];
  }
}

function keyDrift({ path, before, after }: KeyFileChange, revoked: ReadonlySet<string>): Drift[] {
  const found = keysIn(before.kind === "file" ? before.content.toString() : "");
  const wanted = keysIn(after);
  const added = [...found].filter((key) => !wanted.has(key));
  const missing = [...wanted].filter((key) => !found.has(key));
  return [
    ...added.map((key) =>
      plain(path, `lets in ${fingerprint(key)}, which ${revoked.has(key) ? "was revoked" : "is no key of the stack"}`),
    ),
    ...missing.map((key) => plain(path, `does not let in ${fingerprint(key)}, which is a key of the stack`)),
  ];
}
