import { messageOf } from "../error.ts";
import type { Tell } from "../events.ts";

/** Tells several listeners each event. One that fails keeps the others, and the agent, from nothing. */
export function tellAll(...listeners: readonly Tell[]): Tell {
  return (event) => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        process.emitWarning(`a listener failed at '${event.event}': ${messageOf(error)}`);
      }
    }
  };
}
