import type { AgentCheck } from "../../model/agent-config.ts";
import type { Check } from "./check.ts";
import { runGroup } from "./process.ts";

/**
 * Healthy while systemd calls a unit active. Each probe is a short `systemctl is-active`, of some milliseconds of processor time: for one
 * or a few units, not for a hundred. The end of a service is an event and does not wait for it.
 */
export function unitCheck({ unit }: Extract<AgentCheck, { kind: "unit" }>): Check {
  return {
    label: `unit ${unit}`,
    async probe(signal) {
      const { status, output, complaint } = await runGroup(["systemctl", "is-active", "--", unit], signal);
      if (status !== 0)
        throw new Error(output === "" ? `systemd does not answer: ${complaint}` : `the unit is ${output}`);
    },
  };
}
