import { didYouMean } from "../model/nearest.ts";

/** A mistake in a command line; its message is one sentence for the user. Ends the program with status 2. */
export class UsageError extends Error {}

/**
 * What was named, if it is one of those allowed.
 *
 * @param what the kind of thing, as in `site`
 * @throws UsageError that names the allowed ones and the nearest
 */
export function oneOf<T extends string>(what: string, given: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === given);
  if (found !== undefined) return found;
  const known = allowed.length === 0 ? `there is no ${what} in the lab` : `${what}s are ${allowed.join(", ")}`;
  throw new UsageError(`Unknown ${what} '${given}': ${known}${didYouMean(given, allowed)}`);
}
