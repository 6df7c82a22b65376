import type { TestProject } from "vitest/node";
import { setUp } from "../tools/setup/set-up.ts";

/** Puts in place what the tests of a project need, as `npm test` does: for `npx vitest` after a plain `npm ci`. */
export async function setup({ name }: TestProject): Promise<void> {
  if (name !== "package" && process.getuid?.() !== 0)
    throw new Error(
      `The ${name} tests make network namespaces, for which root is needed. Run npm test, which asks sudo.`,
    );
  await setUp();
}
