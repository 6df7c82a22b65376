import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until `probe` gives something other than undefined or false, and returns that.
 *
 * @param what for the error, as in `the session is up`
 * @param limit milliseconds after which to give up
 * @param pause milliseconds between two probes
 * @throws Error that says what never came true
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  { limit = 20_000, pause = 20 }: { limit?: number; pause?: number } = {},
): Promise<T> {
  const end = performance.now() + limit;
  while (performance.now() < end) {
    const result = await probe();
    if (result !== undefined && result !== false) return result;
    await sleep(pause);
  }
  throw new Error(`not within ${limit} ms: ${what}`);
}
