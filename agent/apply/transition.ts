import type { Actions } from "./actions.ts";
import type { Host } from "./host.ts";
import { performChanges, performStops } from "./perform.ts";

/** A change of files with everything around it. */
export interface Transition {
  readonly actions: Actions;
  /** Withdraws everything, and keeps it withdrawn until {@link Transition.release}. */
  readonly withdraw: (reason: string) => Promise<void>;
  /** Lets everything be announced again. Not called when the transition fails: what comes next decides what there is to announce. */
  readonly release: () => void;
  readonly swapFiles: () => Promise<void>;
  /** Waits until the services are so healthy that they may be announced again. */
  readonly untilHealthy: () => Promise<void>;
  /** Seconds after which BIRD goes back by itself unless it is told to stay; undefined when it is to stay. */
  readonly birdTimeout: number | undefined;
}

/** Goes from one state of the host to another, withdrawn meanwhile if the way would hurt: withdraw first, announce last (safety 4). */
export async function transit(host: Host, { actions, birdTimeout, ...steps }: Transition): Promise<void> {
  if (actions.hold !== null) {
    host.log(`withdrawing first: ${actions.hold}`);
    await steps.withdraw(`apply: ${actions.hold}`);
  }
  await performStops(host, actions);
  await steps.swapFiles();
  await performChanges(host, actions, birdTimeout);
  if (actions.hold !== null) await steps.untilHealthy();
  steps.release();
}
