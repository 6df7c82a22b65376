import type { Actions } from "./actions.ts";
import type { Hold } from "./hold.ts";
import type { Host } from "./host.ts";
import { performChanges, performStops } from "./perform.ts";
import { drainNow } from "./standing.ts";
import type { Turn } from "./turn.ts";

/** A change of files with everything around it. */
export interface Transition {
  readonly actions: Actions;
  /** Released at the end. Not when the transition fails: what comes next decides what there is to announce. */
  readonly hold: Hold;
  readonly swapFiles: () => Promise<void>;
  /** Waits until the services are so healthy that they may be announced again. */
  readonly untilHealthy: () => Promise<void>;
  /** Seconds after which BIRD goes back by itself unless it is told to stay; undefined when it is to stay. */
  readonly birdTimeout: number | undefined;
}

/**
 * If the way would hurt, drains everything, withdraws it when its traffic has gone, and keeps it withdrawn until the hold is released. To be
 * done before {@link transit}.
 */
export async function withdrawFirst(host: Host, { hold: reason }: Actions, hold: Hold, turn: Turn): Promise<void> {
  if (reason === null) return;
  host.log(`draining and withdrawing first: ${reason}`);
  await hold.acquire(`apply: ${reason}`, turn, await drainNow(host));
}

/**
 * Goes from one state of the host to another, withdrawn already if the way would hurt: withdraw first, announce last (safety 4), as the
 * last choice before in full.
 */
export async function transit(host: Host, { actions, hold, birdTimeout, ...steps }: Transition): Promise<void> {
  await performStops(host, actions);
  await steps.swapFiles();
  await performChanges(host, actions, birdTimeout);
  if (actions.hold !== null) {
    if (actions.agent === "restart" || actions.agent === "start") await hold.resume();
    await steps.untilHealthy();
    await hold.comeBack();
  }
  hold.release();
}
