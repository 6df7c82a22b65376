import { z } from "zod";

const UNITS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;

/** Milliseconds of a text like `200 ms`; undefined when it is no duration. */
function millisecondsIn(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h)$/.exec(text.trim());
  return match === null ? undefined : Math.round(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]);
}

function durationFrom(least: 0 | 1, number: string) {
  return z.string({ error: "must be a duration with a unit, as in '200 ms' or '2 s'" }).transform((text, context) => {
    const milliseconds = millisecondsIn(text);
    if (milliseconds !== undefined && milliseconds >= least) return milliseconds;
    context.addIssue({
      code: "custom",
      message: `'${text}' is no duration: write ${number} and a unit (ms, s, min, h), as in '200 ms'`,
    });
    return z.NEVER;
  });
}

/**
 * A duration that carries its unit, as in `200 ms`, `1.5 s`, `2 min`, `1 h`.
 * Parsed to milliseconds (integer). A bare number is refused: nobody can tell its unit.
 */
export const duration = durationFrom(1, "a positive number");

/** The same, and `0 s` is one, too. */
export const durationOrZero = durationFrom(0, "a number");
