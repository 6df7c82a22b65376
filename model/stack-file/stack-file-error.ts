import type { Mistake } from "./syntax.ts";

/** A file of the project that cannot be used: a line for each mistake, with the file and, where it is known, line and column. */
export class StackFileError extends Error {
  constructor(path: string, mistakes: readonly (Mistake | string)[]) {
    super(mistakes.map((mistake) => `${path}:${textOf(mistake)}`).join("\n"));
    this.name = "StackFileError";
  }
}

function textOf(mistake: Mistake | string): string {
  return typeof mistake === "string" ? ` ${mistake}` : `${mistake.line}:${mistake.column}: ${mistake.problem}`;
}
