import { createHmac, type KeyObject } from "node:crypto";
import type { Keys } from "./message.ts";

/** Milliseconds for which the same word is sent. */
export const WORD_PERIOD = 300_000;

/** How many periods before and after the own one are accepted: clocks may differ by {@link WORD_PERIOD}. */
const TOLERANCE = 1;

/** A word that the kernel lets through, and for how many milliseconds. */
export interface Admitted {
  readonly word: number;
  readonly lasts: number;
}

/** Returns the number of the period that a moment of the wall clock is in. */
export function periodOf(wall: number): number {
  return Math.floor(wall / WORD_PERIOD);
}

/**
 * Returns the 32 bits that messages from one site to another carry in a period. Nobody without the key can guess them, so that the kernel drops what
 * only pretends to come from a peer; the signature still decides what is believed.
 *
 * @param from a 48-bit site id, as {@link to}
 */
export function wordOf(key: KeyObject, from: number, to: number, period: number): number {
  const input = Buffer.alloc(22);
  input.write("word", 0);
  input.writeUIntBE(from, 4, 6);
  input.writeUIntBE(to, 10, 6);
  // Signed: without a battery, a host's clock starts in 1970.
  input.writeIntBE(period, 16, 6);
  return createHmac("sha256", key).update(input).digest().readUInt32BE(0);
}

/** Returns the words that a site lets through at a moment of its wall clock: those of each sender and key, for this period and those around it. */
export function admittedWords(keys: Keys, senders: readonly number[], self: number, wall: number): Admitted[] {
  const period = periodOf(wall);
  const lasting = new Map<number, number>();
  for (let offset = -TOLERANCE; offset <= TOLERANCE; offset++)
    for (const key of keys)
      for (const from of senders)
        lasting.set(wordOf(key, from, self, period + offset), (period + offset + 1 + TOLERANCE) * WORD_PERIOD - wall);
  return [...lasting].map(([word, lasts]) => ({ word, lasts }));
}
