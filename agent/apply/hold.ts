import { setTimeout as sleep } from "node:timers/promises";
import type { AgentConfig } from "../../model/agent-config.ts";
import { BirdClient } from "../bird/client.ts";
import { AgentClient } from "../control/client.ts";
import { AgentError } from "../error.ts";
import { actualStates } from "../status/status.ts";

/** Milliseconds until BIRD must have withdrawn everything; markers that nobody renews last up to 3.5 s. */
const PATIENCE = 6000;

/** Milliseconds for a withdrawal to reach the other networks, before anything is taken away (measured: 12 ms over four hops, one outlier of 101). */
const PROPAGATION = 300;

/** Keeps everything withdrawn for the time of a change. Ends by itself when this process does. */
export class Hold {
  private agent: AgentClient | undefined;

  /**
   * Has the agent withdraw everything, and waits until BIRD has no route left.
   *
   * @param prefixes as the running agent and BIRD know them
   * @throws AgentError when something is still announced after 6 s
   */
  async acquire(reason: string, prefixes: AgentConfig["prefixes"]): Promise<void> {
    const former = this.agent;
    // Without an agent nothing keeps a route alive.
    this.agent = await AgentClient.connect().catch(() => undefined);
    await this.agent?.hold(reason);
    former?.close();
    await untilWithdrawn(prefixes);
  }

  /** Lets the agent announce again. */
  release(): void {
    this.agent?.close();
    this.agent = undefined;
  }
}

/** Waits until BIRD routes none of the prefixes and other networks have heard of it; at once when BIRD is not running. */
export async function untilWithdrawn(prefixes: AgentConfig["prefixes"]): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const announced = await announcedNow(prefixes);
    if (announced.length === 0) break;
    if (performance.now() > deadline) {
      throw new AgentError(
        `BIRD still routes ${announced.join(", ")}, which should be withdrawn: see 'birdc show route all'`,
      );
    }
    await sleep(50);
  }
  await sleep(PROPAGATION);
}

async function announcedNow(prefixes: AgentConfig["prefixes"]): Promise<string[]> {
  const bird = await BirdClient.connect().catch(() => undefined);
  if (bird === undefined) return [];
  try {
    const states = await actualStates(bird, prefixes);
    return [...states].filter(([, state]) => state !== "withdrawn").map(([cidr]) => cidr);
  } finally {
    bird.close();
  }
}
