import { setTimeout as sleep } from "node:timers/promises";
import { PATHS } from "../../model/paths.ts";
import { AgentError } from "../error.ts";
import { said, type Run } from "../exec.ts";

/** A part of a site that an apply acts upon. */
export type Part = "network" | "knot" | "bird" | "agent";

/** A systemd unit of a site. */
export interface Unit {
  readonly name: string;
  /** The unit is ours while this file is. */
  readonly file: string;
  /** Its part of the actions; undefined for the one that ran at boot only. */
  readonly part: Part | undefined;
}

/** All units of a site in the order in which they start, and the one that earlier versions recovered by. */
export const UNITS: readonly Unit[] = [
  { name: "anycast-recover.service", file: PATHS.recoverUnit, part: undefined },
  { name: "anycast-network.service", file: PATHS.networkUnit, part: "network" },
  { name: "knot.service", file: PATHS.knot, part: "knot" },
  { name: "bird.service", file: PATHS.bird, part: "bird" },
  { name: "anycast-agent.service", file: PATHS.agentUnit, part: "agent" },
];

/** How systemd has a unit. */
export interface UnitState {
  readonly active: boolean;
  readonly enabled: boolean;
}

/** The states of all units of a site, by name. A unit that does not exist is neither active nor enabled. */
export async function unitStates(run: Run): Promise<Map<string, UnitState>> {
  const names = UNITS.map(({ name }) => name);
  const finished = await run(["systemctl", "show", "--property=Id,ActiveState,UnitFileState", ...names]);
  if (finished.status !== 0) throw new AgentError(`systemd does not answer: ${said(finished)}`);
  const blocks = finished.stdout.trim().split("\n\n");
  return new Map(
    blocks.map((block) => {
      const shown = new Map(block.split("\n").map((line) => line.split("=", 2) as [string, string]));
      const active = ["active", "reloading"].includes(shown.get("ActiveState") ?? "");
      return [shown.get("Id") ?? "", { active, enabled: shown.get("UnitFileState") === "enabled" }];
    }),
  );
}

/** Milliseconds that an apply waits for what systemd starts: longer than a host takes to boot, shorter than a service may hang. */
const SETTLE_TIMEOUT_MS = 30_000;

/**
 * Waits until systemd has done what it was asked of a site's units, as after a boot or a recovery: what is about to start has read its old
 * files, and would count as stopped. Goes on when that takes longer than 30 s.
 */
export async function untilSettled(run: Run): Promise<void> {
  const names = UNITS.map(({ name }) => name);
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const { stdout } = await run(["systemctl", "show", "--property=Job", ...names]);
    if (!/^Job=[1-9]/m.test(stdout) || performance.now() > deadline) return;
    await sleep(100);
  }
}
