import { z } from "zod";

const UNITS = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 } as const;

/**
 * A duration that carries its unit, as in `200 ms`, `1.5 s`, `2 min`, `1 h`.
 * Parsed to milliseconds (integer). A bare number is refused: nobody can tell its unit.
 */
export const duration = z
  .string({ error: "must be a duration with a unit, as in '200 ms' or '2 s'" })
  .transform((text, context) => {
    const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h)$/.exec(text.trim());
    const milliseconds = match ? Math.round(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]) : 0;
    if (milliseconds <= 0) {
      context.addIssue({
        code: "custom",
        message: `'${text}' is no duration: write a positive number and a unit (ms, s, min, h), as in '200 ms'`,
      });
      return z.NEVER;
    }
    return milliseconds;
  });
