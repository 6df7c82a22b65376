import type { Clock } from "../clock.ts";
import { messageOf } from "../error.ts";
import type { Check, ProbeResult } from "./check.ts";

/**
 * Probes again and again, one probe at a time, until stopped. Whatever the check does, each probe ends at its timeout.
 *
 * @param timing milliseconds from one probe's start to the next one's, and until a probe has failed
 * @returns what stops it; a probe under way is given up and tells no result
 */
export function startProbeLoop(
  check: Check,
  timing: { readonly every: number; readonly timeout: number },
  clock: Clock,
  onResult: (result: ProbeResult) => void,
): () => void {
  let stopped = false;
  let interrupt: () => void;
  const next = (): void => {
    const started = clock.now();
    const giveUp = new AbortController();
    interrupt = () => giveUp.abort();
    void probe(check, timing.timeout, clock, giveUp).then((result) => {
      if (stopped) return;
      interrupt = clock.setTimer(Math.max(0, started + timing.every - clock.now()), next);
      onResult(result);
    });
  };
  next();
  return () => {
    stopped = true;
    interrupt();
  };
}

function probe(check: Check, timeout: number, clock: Clock, giveUp: AbortController): Promise<ProbeResult> {
  const started = clock.now();
  const took = (): number => clock.now() - started;
  return new Promise((resolve) => {
    const cancel = clock.setTimer(timeout, () => {
      resolve({ ok: false, took: took(), cause: `no answer within ${timeout} ms` });
      giveUp.abort();
    });
    check
      .probe(giveUp.signal)
      .then(
        () => resolve({ ok: true, took: took() }),
        (error: unknown) => resolve({ ok: false, took: took(), cause: messageOf(error) }),
      )
      .finally(cancel);
  });
}
