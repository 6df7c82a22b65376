import { z } from "zod";

const RATE = /^\s*(\d+(?:\.\d+)?)\s*packets?\/s\s*$/;

/**
 * A rate that carries its unit, as in `1 packet/s`, `0.5 packets/s`. Parsed to packets a second. A bare number is refused: nobody can
 * tell its unit.
 */
export const packetRate = z
  .string({ error: "must be a rate with its unit, as in '1 packet/s' or '20 packets/s'" })
  .meta({ pattern: RATE.source, patternErrorMessage: "must be a rate with its unit, as in 20 packets/s" })
  .transform((text, context) => {
    const [, number] = RATE.exec(text) ?? [];
    if (number !== undefined) return Number(number);
    context.addIssue({
      code: "custom",
      message: `'${text}' is no rate: write it as in '1 packet/s' or '20 packets/s'`,
    });
    return z.NEVER;
  });
