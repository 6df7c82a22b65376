import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds to wait after so many `failures` (1 or more): 100, half as much again each time, never more than 5 s. */
export function delayAfter(failures: number): number {
  return Math.min(100 * 1.5 ** (failures - 1), 5000);
}

/** How often to try, and whom to tell. */
export interface RetryOptions {
  /** What is tried, for the message, e.g. `Dial`. */
  what: string;
  /** Failures to put up with; the one after them is final. -1: no limit. */
  limit: number;
  /** Told of each failure that is not final. */
  onRetry: (message: string) => void;
  /** Ends the waiting. */
  signal: AbortSignal;
}

/** Runs `attempt` until it succeeds or has failed more than `limit` times; then throws its last error. */
export async function retry<T>(attempt: () => Promise<T>, { what, limit, onRetry, signal }: RetryOptions): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (limit >= 0 && failures > limit) {
        throw new Error(`after ${limit} failed attempts: ${(error as Error).message}`, { cause: error });
      }
      onRetry(`${what} ${failures}/${limit < 0 ? "inf" : limit} failed: retrying`);
    }
    await sleep(delayAfter(failures), undefined, { signal }).catch(() => {
      throw new Error("context canceled");
    });
  }
}
