import { z } from "zod";

const UNITS = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Days of the longest timer: Node's end after 2^31 ms. */
const TIMER_DAYS = 24;

/** Days of the longest time that an operator may give. */
const OPERATOR_DAYS = 366;

const DURATION = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)\s*$/;

/** Milliseconds of a text like `200 ms`; undefined when it is no duration. */
function millisecondsIn(text: string): number | undefined {
  const match = DURATION.exec(text);
  return match === null ? undefined : Math.round(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]);
}

function durationFrom(least: 0 | 1, number: string, days: number, example = "200 ms") {
  return z
    .string({ error: "must be a duration with a unit, as in '200 ms' or '2 s'" })
    .meta({ pattern: DURATION.source, patternErrorMessage: "must be a duration with a unit, as in 200 ms or 2 s" })
    .transform((text, context) => {
      const milliseconds = millisecondsIn(text);
      if (milliseconds !== undefined && milliseconds >= least && milliseconds <= days * UNITS.d) return milliseconds;
      const message =
        milliseconds !== undefined && milliseconds >= least
          ? `'${text}' is too long: at most ${days} d`
          : `'${text}' is no duration: write ${number} and a unit (ms, s, m or min, h, d), as in '${example}'`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    });
}

/**
 * A duration that carries its unit, as in `200 ms`, `1.5 s`, `2 min` or `2m`, `1 h`, `1 d`; at most 24 d.
 * Parsed to milliseconds (integer). A bare number is refused: nobody can tell its unit.
 */
export const duration = durationFrom(1, "a positive number", TIMER_DAYS);

/** The same, and `0 s` is one, too. */
export const durationOrZero = durationFrom(0, "a number", TIMER_DAYS);

/** How long an operator wants something, as in `--for 2h`; at most 366 d. */
export const operatorDuration = durationFrom(1, "a positive number", OPERATOR_DAYS, "2h");
