import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AgentCheck } from "../../model/agent-config.ts";
import type { Check } from "./check.ts";

/** How much of what a command complains about is kept, in characters. */
const KEPT = 200;

/** Healthy when a command ends with status 0. When the time is up, its whole process group is killed. */
export function commandCheck({ argv }: Extract<AgentCheck, { kind: "command" }>): Check {
  const [file = "", ...args] = argv;
  return {
    label: `command ${argv.join(" ")}`,
    async probe(signal) {
      const child = spawn(file, args, { detached: true, stdio: ["ignore", "ignore", "pipe"] });
      let complaint = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint = (complaint + text).slice(0, KEPT)));
      const killGroup = (): void => {
        if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
      };
      signal.addEventListener("abort", killGroup, { once: true });
      try {
        const [status, by] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
        if (status !== 0)
          throw new Error(`${status === null ? `ended by ${by}` : `status ${status}`}${quoted(complaint)}`);
      } finally {
        signal.removeEventListener("abort", killGroup);
        child.stderr.destroy();
      }
    },
  };
}

function quoted(complaint: string): string {
  const line = complaint.trim().split("\n")[0] ?? "";
  return line === "" ? "" : `: ${line}`;
}
