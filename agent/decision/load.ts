/** How many times its usual figure a load has to be to count as high, and how many packets a second at least: a quiet site is not overloaded by a few. */
const FACTOR = 4;
const LEAST_RATE = 2000;

/** Milliseconds over which the usual figure is taken; while the load is high it follows ten times as slowly, so that an attack does not become usual. */
const MEMORY = 10 * 60_000;
const SLOWER = 10;

/** Milliseconds for which a load counts as high after it was: checks find out later. */
const AFTERMATH = 5000;

/** What comes to a site, in packets a second. */
export interface Load {
  /** When it was read last, and how many packets had come by then. */
  readonly at: number;
  readonly packets: number;
  readonly rate: number;
  /** Of lately, as long as it was not high. */
  readonly usual: number;
  /** Milliseconds that the usual figure is of, up to {@link MEMORY}. */
  readonly seen: number;
  readonly highAt: number;
}

/**
 * Returns the load after another reading.
 *
 * @param packets how many have come since some moment; fewer than before: another moment
 */
export function loadAfter(before: Load | undefined, packets: number, now: number): Load {
  const took = now - (before?.at ?? now);
  if (before === undefined || took <= 0 || packets < before.packets)
    return { rate: 0, usual: 0, seen: 0, highAt: -Infinity, ...before, at: now, packets };
  const rate = ((packets - before.packets) / took) * 1000;
  const high = before.seen > 0 && rate > Math.max(FACTOR * before.usual, LEAST_RATE);
  const seen = Math.min(before.seen + took, MEMORY);
  const weight = high ? took / MEMORY / SLOWER : took / seen;
  const usual = before.usual + (rate - before.usual) * Math.min(1, weight);
  return { at: now, packets, rate, usual, seen, highAt: high ? now : before.highAt };
}

/** Whether a load is far above its own usual figure, or was a moment ago. */
export function isHigh(load: Load | undefined, now: number): boolean {
  return load !== undefined && now - load.highAt < AFTERMATH;
}
