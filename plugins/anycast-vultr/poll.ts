import type { Clock } from "../../clients/vultr/clock.ts";
import { VultrError } from "../../clients/vultr/error.ts";

/** Milliseconds between two looks: quick at first, as a test's cloud is. */
const INTERVALS_MS = [500, 1000, 2000, 3000, 5000];

/** What one look has shown. */
type Look<T> = { readonly done: T } | { readonly wait: string };

/**
 * Looks again and again until a thing is done, and shows what it waits for and since when.
 *
 * @throws VultrError when it takes longer than `timeoutMs`, or the API fails
 */
export async function poll<T>(
  clock: Clock,
  {
    signal,
    timeoutMs,
    status,
    waiting,
    attempt,
  }: {
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
    readonly status: (message: string) => void;
    /** What is wrong when it takes too long, as a clause. */
    readonly waiting: string;
    readonly attempt: () => Promise<Look<T>>;
  },
): Promise<T> {
  const start = clock.now();
  for (let round = 0; ; round++) {
    const look = await attempt();
    if ("done" in look) return look.done;
    const waited = clock.now() - start;
    if (waited >= timeoutMs)
      throw new VultrError({
        kind: "down",
        reason: `${waiting}, ${Math.round(waited / 1000)} s after it was asked to (${look.wait})`,
        remedy: "Look at it at my.vultr.com, then run it again: it goes on where it stopped",
      });
    status(`${look.wait}, ${Math.round(waited / 1000)} s`);
    await clock.sleep(INTERVALS_MS[Math.min(round, INTERVALS_MS.length - 1)] ?? 0, signal);
  }
}
