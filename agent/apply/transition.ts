import type { Actions } from "./actions.ts";
import type { Hold } from "./hold.ts";
import type { Host } from "./host.ts";
import { performChanges, performStops } from "./perform.ts";
import type { Turn } from "./turn.ts";

/** A change of files with everything around it. */
export interface Transition {
  readonly actions: Actions;
  /** Lets everything be announced again. Not called when the transition fails: what comes next decides what there is to announce. */
  readonly release: () => void;
  readonly swapFiles: () => Promise<void>;
  /** Waits until the services are so healthy that they may be announced again. */
  readonly untilHealthy: () => Promise<void>;
  /** Seconds after which BIRD goes back by itself unless it is told to stay; undefined when it is to stay. */
  readonly birdTimeout: number | undefined;
}

/** Withdraws everything if the way would hurt, and keeps it withdrawn until the hold is released. To be done before {@link transit}. */
export async function withdrawFirst(host: Host, { hold: reason }: Actions, hold: Hold, turn: Turn): Promise<void> {
  if (reason === null) return;
  host.log(`withdrawing first: ${reason}`);
  await hold.acquire(`apply: ${reason}`, turn);
}

/** Goes from one state of the host to another, withdrawn already if the way would hurt: withdraw first, announce last (safety 4). */
export async function transit(host: Host, { actions, birdTimeout, ...steps }: Transition): Promise<void> {
  await performStops(host, actions);
  await steps.swapFiles();
  await performChanges(host, actions, birdTimeout);
  if (actions.hold !== null) await steps.untilHealthy();
  steps.release();
}
