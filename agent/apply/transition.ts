import type { AgentConfig } from "../../model/agent-config.ts";
import type { Actions } from "./actions.ts";
import type { Hold } from "./hold.ts";
import type { Host } from "./host.ts";
import { performChanges, performStops } from "./perform.ts";

/** A change of files with everything around it. */
export interface Transition {
  readonly actions: Actions;
  /** Still in force when the transition fails: what comes next decides whether there is something to announce. */
  readonly hold: Hold;
  /** The prefixes as the running agent and BIRD know them. */
  readonly announced: AgentConfig["prefixes"];
  readonly swapFiles: () => Promise<void>;
  /** Waits until the services are so healthy that they may be announced again. */
  readonly untilHealthy: () => Promise<void>;
  /** Whether BIRD goes back by itself unless it is told to stay. */
  readonly birdTimeout: boolean;
}

/** Goes from one state of the host to another, withdrawn meanwhile if the way would hurt: withdraw first, announce last (safety 4). */
export async function transit(host: Host, transition: Transition): Promise<void> {
  const { actions, hold, announced, swapFiles, untilHealthy, birdTimeout } = transition;
  if (actions.hold !== null) {
    host.log(`withdrawing first: ${actions.hold}`);
    await hold.acquire(`apply: ${actions.hold}`, announced);
  }
  await performStops(host, actions);
  await swapFiles();
  await performChanges(host, actions, { birdTimeout });
  if (actions.hold !== null) await untilHealthy();
  hold.release();
}
