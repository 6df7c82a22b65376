/** Time as the agent's decisions see it; tests have their own. */
export interface Clock {
  /** Milliseconds from some moment on; never goes back, whatever happens to the wall clock. */
  now(): number;
  /** Calls back once after some milliseconds. Returns what cancels it. */
  setTimer(milliseconds: number, callback: () => void): () => void;
  /** Milliseconds since 1970 as the wall clock has them; may jump, and is for what outlives the process alone. */
  wall(): number;
}

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
  wall: () => Date.now(),
};

/** The wall-clock time of a moment of the clock, in ISO 8601. */
export function wallTime(clock: Clock, moment: number): string {
  return new Date(clock.wall() - (clock.now() - moment)).toISOString();
}

/** The moment of the clock that a wall-clock time is. */
export function momentOf(clock: Clock, time: string): number {
  return clock.now() - (clock.wall() - Date.parse(time));
}
