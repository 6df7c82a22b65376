import { stat } from "node:fs/promises";
import type { AgentCheck } from "../../model/agent-config.ts";
import { isMissing } from "../error.ts";
import type { Check } from "./check.ts";

/** Healthy while a file exists and, if an age is given, its content changed no longer ago. */
export function fileCheck({ path, age }: Extract<AgentCheck, { kind: "file" }>): Check {
  // A dead network file system holds one of Node's four threads for each question: there is never more than one.
  let asking: Promise<number> | undefined;
  return {
    label: `file ${path}`,
    async probe() {
      asking ??= changed(path).finally(() => (asking = undefined));
      const ago = Date.now() - (await asking);
      if (age !== undefined && ago > age)
        throw new Error(`last changed ${(ago / 1000).toFixed(1)} s ago, more than ${age / 1000} s`);
    },
  };
}

async function changed(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    throw isMissing(error) ? new Error("the file does not exist") : error;
  }
}
