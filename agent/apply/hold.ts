import { setTimeout as sleep } from "node:timers/promises";
import { BirdClient } from "../bird/client.ts";
import { bgpProtocols, exported, isEstablished, sessionState } from "../bird/routing.ts";
import type { AgentClient } from "../control/client.ts";
import { AgentError } from "../error.ts";
import { heldAgent, type Turn } from "./turn.ts";

/** Milliseconds until BIRD must have withdrawn everything; markers that nobody renews last up to 3.5 s. */
const PATIENCE = 6000;

/** Milliseconds for a withdrawal to reach the other networks, before anything is taken away (measured: 12 ms over four hops, one outlier of 101). */
const PROPAGATION = 300;

/** Keeps everything withdrawn for the time of a change. Ends by itself when this process does. */
export class Hold {
  private agent: AgentClient | undefined;

  /**
   * Has the agent withdraw everything, and waits until BIRD sends no route to anybody.
   *
   * @throws AgentError when the agent refuses, as too few other sites announce, or when something is still announced after 6 s
   */
  async acquire(reason: string, turn: Turn): Promise<void> {
    const former = this.agent;
    this.agent = await heldAgent(reason, turn);
    former?.close();
    await untilWithdrawn();
  }

  /** Lets the agent announce again. */
  release(): void {
    this.agent?.close();
    this.agent = undefined;
  }
}

/** Waits until BIRD sends no route to anybody and other networks have heard of it; at once when BIRD is not running. */
async function untilWithdrawn(): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const announced = await announcedNow();
    if (announced.length === 0) break;
    if (performance.now() > deadline) {
      throw new AgentError(
        `BIRD still announces ${announced.join(", ")}, which should be withdrawn: see 'birdc show route all'`,
      );
    }
    await sleep(50);
  }
  await sleep(PROPAGATION);
}

async function announcedNow(): Promise<string[]> {
  const bird = await BirdClient.connect().catch(() => undefined);
  if (bird === undefined) return [];
  try {
    const announced = new Set<string>();
    for (const protocol of await bgpProtocols(bird)) {
      if (!isEstablished(await sessionState(bird, protocol))) continue;
      for (const cidr of await exported(bird, protocol)) announced.add(cidr);
    }
    return [...announced];
  } finally {
    bird.close();
  }
}
