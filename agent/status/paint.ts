/** Gives a text a color, or leaves it as it is. */
export type Paint = (color: "green" | "yellow" | "red" | "dim", text: string) => string;

const CODES = { green: 32, yellow: 33, red: 31, dim: 2 } as const;

/** Colors by ANSI escape sequences. */
export const colored: Paint = (color, text) => `\u001b[${CODES[color]}m${text}\u001b[0m`;

/** No colors. */
export const plain: Paint = (_, text) => text;

/** Colors on a terminal only, and not where `NO_COLOR` is set (https://no-color.org). */
export function paintFor(output: { readonly isTTY?: boolean }): Paint {
  return output.isTTY === true && !process.env["NO_COLOR"] ? colored : plain;
}
