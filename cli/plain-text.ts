import { stripVTControlCharacters } from "node:util";

/**
 * What a terminal obeys instead of showing it: control characters but the ends of lines and tabs, and what turns the direction of a text
 * around.
 */
// eslint-disable-next-line no-control-regex -- control characters are what is removed.
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Removes from a text of another machine what a terminal would obey instead of showing it. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replaceAll(OBEYED, "");
}

/** A text in one line of at most so many characters. */
export function oneLine(text: string, most = 500): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
