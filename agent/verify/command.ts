import type { Host } from "../apply/host.ts";
import { lock } from "../apply/lock.ts";
import { AgentError } from "../error.ts";
import { run } from "../exec.ts";
import { verificationText, verifyHost } from "./verify.ts";

const host: Host = { root: "/", run, log: () => {} };

/**
 * Prints how the host differs from what was applied last; the exit status is 1 when it does. Waits for an apply that is under way.
 *
 * @throws AgentError when it cannot tell
 */
export async function verifyCommand({ json }: { readonly json: boolean }): Promise<void> {
  if (process.getuid?.() !== 0) throw new AgentError("'verify' reads what root alone may read: run it as root");
  const { unlock } = await lock(host, { what: "verification", from: null });
  try {
    const verification = await verifyHost(host);
    console.log(json ? JSON.stringify(verification) : verificationText(verification));
    if (verification.drift.length > 0) process.exitCode = 1;
  } finally {
    unlock();
  }
}
