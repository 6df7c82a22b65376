import { setTimeout as sleep } from "node:timers/promises";
import { AgentClient, RefusedError } from "../control/client.ts";

/** Milliseconds between two requests for a hold. */
const PAUSE = 500;

/** What to do when the agent refuses a hold, as it would take a prefix below the floor (safety 1, 10). */
export type Turn =
  /** Ask again for so many milliseconds: another site of the same wave may hold now, and be back soon. */
  | { readonly patience: number }
  /** Withdraw all the same. */
  | "forced";

/**
 * Has the running agent withdraw everything. Returns the connection that the hold lasts as long as; undefined without an agent, or
 * with one that hangs: then nothing keeps a route alive.
 *
 * @param path the agent's control socket; default: the host's
 * @throws RefusedError with the agent's reason when it has not agreed in time
 */
export async function heldAgent(reason: string, turn: Turn, path?: string): Promise<AgentClient | undefined> {
  const deadline = performance.now() + (turn === "forced" ? 0 : turn.patience);
  for (;;) {
    const agent = await AgentClient.connect(path).catch(() => undefined);
    try {
      await agent?.hold(reason, turn === "forced");
      return agent;
    } catch (error) {
      if (!(error instanceof RefusedError)) return agent;
      agent?.close();
      if (performance.now() + PAUSE > deadline) throw error;
    }
    await sleep(PAUSE);
  }
}
