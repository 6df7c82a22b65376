import type { Clock } from "../clock.ts";
import type { Site } from "./simulated-fleet.ts";

/**
 * Holds a site as an apply does: drained, withdrawn after a while, drained, and back; all of it unless it is refused.
 *
 * @param time how long (ms) it stays in each state
 * @returns whether it came to its end
 */
export async function simulatedApply({ agent }: Site, clock: Pick<Clock, "setTimer">, time: number): Promise<boolean> {
  const wait = (): Promise<void> => new Promise((resolve) => void clock.setTimer(time, resolve));
  let end: (() => void) | undefined;
  try {
    for (const state of ["drained", "withdrawn", "drained"] as const) {
      const next = await agent.hold("an apply", state);
      end?.();
      end = next;
      await wait();
    }
    return true;
  } catch {
    // Refused: another time.
    return false;
  } finally {
    end?.();
  }
}
