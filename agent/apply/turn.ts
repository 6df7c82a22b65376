import { setTimeout as sleep } from "node:timers/promises";
import { AgentClient, RefusedError } from "../control/client.ts";
import type { HeldState, HoldTerms } from "../control/protocol.ts";

/** Milliseconds between two requests for a hold. */
const PAUSE = 500;

/** Milliseconds to wait for a site's turn to withdraw, while too few others announce. */
export const TURN = 90_000;

/** What to do when the agent refuses a hold, as it would take a prefix below the floor (safety 1, 10). */
export type Turn =
  /** Ask again for so many milliseconds: another site of the same wave may hold now, and be back soon. */
  | {
      readonly patience: number;
      /** The site does not come back. */
      readonly goes?: boolean;
      /** The site is drained afterwards, and not withdrawn meanwhile. */
      readonly drains?: boolean;
    }
  /** Hold all the same. */
  | "forced";

/** How asking for a hold ended. */
export interface Answer {
  /** The connection that the hold lasts as long as; undefined without an agent. */
  readonly agent: AgentClient | undefined;
  /** Whether the agent answered. One that hangs may still hold when it does no longer; until then nothing keeps a route alive. */
  readonly isHeld: boolean;
}

/**
 * Has the running agent drain or withdraw everything.
 *
 * @param path the agent's control socket; default: the host's
 * @throws RefusedError with the agent's reason when it has not agreed in time
 */
export async function heldAgent(reason: string, turn: Turn, state: HeldState, path?: string): Promise<Answer> {
  const deadline = performance.now() + (turn === "forced" ? 0 : turn.patience);
  for (;;) {
    const agent = await AgentClient.connect(path).catch(() => undefined);
    try {
      await agent?.hold(reason, state, termsOf(turn));
      return { agent, isHeld: agent !== undefined };
    } catch (error) {
      if (!(error instanceof RefusedError)) return { agent, isHeld: false };
      agent?.close();
      if (error.isLasting || performance.now() + PAUSE > deadline) throw error;
    }
    await sleep(PAUSE);
  }
}

/** What the agent is asked for a hold with. */
export function termsOf(turn: Turn): HoldTerms {
  return turn === "forced"
    ? { force: true }
    : { force: false, goes: turn.goes === true, ...(turn.drains === true ? { drains: true } : {}) };
}
