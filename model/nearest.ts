import { closest, distance } from "fastest-levenshtein";

/** The candidate that the text was probably meant to be, or undefined when none is close. What begins with the text comes first. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const beginning = candidates.filter((each) => text !== "" && each.toLowerCase().startsWith(text.toLowerCase()));
  if (beginning.length > 0) return closest(text, beginning);
  if (candidates.length === 0) return undefined;
  const best = closest(text, candidates);
  return distance(text.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(best.length / 2))
    ? best
    : undefined;
}

/** `; did you mean x?`, or nothing when no candidate is close. */
export function didYouMean(text: string, candidates: readonly string[]): string {
  const best = nearest(text, candidates);
  return best === undefined ? "" : `; did you mean '${best}'?`;
}
