import type { AgentConfig } from "../../model/agent-config.ts";
import type { Clock } from "../clock.ts";

/** Milliseconds between two looks at the counters. */
const POLL = 200;

/** Milliseconds over which a rate is measured: the residue is a rate per second. */
const WINDOW = 1000;

interface Sample {
  readonly at: number;
  readonly packets: number;
}

/** How the traffic of a drained site went away. */
export interface Residue {
  /** Whether no more than the configured residue is left. */
  readonly isQuiet: boolean;
  /** What was waited for and seen, for people. */
  readonly text: string;
}

/**
 * Waits until no more traffic comes than the configured residue, or the patience has ended. Never fails.
 *
 * @param read all packets so far; undefined when that cannot be told
 */
export async function untilQuiet(
  read: () => Promise<number | undefined>,
  { residue, patience }: AgentConfig["drain"],
  clock: Clock,
): Promise<Residue> {
  const started = clock.now();
  let samples: readonly Sample[] = [];
  for (;;) {
    const packets = await read();
    const now = clock.now();
    samples = packets === undefined ? [] : withSample(samples, { at: now, packets });
    const rate = rateOf(samples);
    const after = `after ${seconds(now - started)}`;
    if (rate !== undefined && rate <= residue)
      return { isQuiet: true, text: `${perSecond(rate)} come ${after}, as few as the residue` };
    if (now - started >= patience) {
      const seen = rate === undefined ? "the traffic cannot be counted" : `${perSecond(rate)} still come`;
      return { isQuiet: false, text: `${seen} ${after}, the patience of the drain: going on` };
    }
    await new Promise<void>((resolve) => void clock.setTimer(Math.min(POLL, started + patience - now), resolve));
  }
}

/** Counters that went back were set to zero meanwhile: what was before says nothing. */
function withSample(samples: readonly Sample[], next: Sample): Sample[] {
  const last = samples.at(-1);
  const kept = last !== undefined && next.packets < last.packets ? [] : samples;
  const start = kept.findLastIndex(({ at }) => next.at - at >= WINDOW);
  return [...kept.slice(Math.max(0, start)), next];
}

/** Packets a second over the last {@link WINDOW}; undefined while less is known. */
function rateOf(samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < WINDOW) return undefined;
  return ((last.packets - first.packets) * 1000) / (last.at - first.at);
}

function perSecond(rate: number): string {
  return `${Math.round(rate * 10) / 10} packets/s`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
