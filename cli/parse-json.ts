import { plainText } from "./plain-text.ts";

/** The value of a JSON text, free of what a terminal would obey; undefined when it is none, or too deep to be of ours. */
export function parseJson(text: string): unknown {
  try {
    return plainTexts(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function plainTexts(value: unknown): unknown {
  if (typeof value === "string") return plainText(value);
  if (Array.isArray(value)) return value.map(plainTexts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [plainText(key), plainTexts(each)]));
}
