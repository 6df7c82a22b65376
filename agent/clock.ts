/** Time as the agent's decisions see it; tests have their own. */
export interface Clock {
  /** Milliseconds from some moment on; never goes back, whatever happens to the wall clock. */
  now(): number;
  /** Calls back once after some milliseconds. Returns what cancels it. */
  setTimer(milliseconds: number, callback: () => void): () => void;
}

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** The wall-clock time of a moment of the clock, in ISO 8601. */
export function wallTime(clock: Clock, moment: number): string {
  return new Date(Date.now() - (clock.now() - moment)).toISOString();
}
