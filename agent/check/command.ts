import type { AgentCheck } from "../../model/agent-config.ts";
import type { Check } from "./check.ts";
import { runGroup } from "./process.ts";

/** Healthy when a command ends with status 0. When the time is up, its whole process group is killed. */
export function commandCheck({ argv }: Extract<AgentCheck, { kind: "command" }>): Check {
  return {
    label: `command ${argv.join(" ")}`,
    async probe(signal) {
      const { status, by, complaint } = await runGroup(argv, signal);
      if (status === 0) return;
      const how = status === null ? `ended by ${by}` : `status ${status}`;
      throw new Error(complaint === "" ? how : `${how}: ${complaint}`);
    },
  };
}
