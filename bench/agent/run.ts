import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import type { Report, Row } from "../report.ts";
import { anycastHealthchecker } from "./anycast-healthchecker.ts";
import type { Scenario } from "./bench.ts";
import { BenchHost } from "./bench-host.ts";
import { exabgp } from "./exabgp.ts";
import { ours } from "./ours.ts";
import { agentHung, agentKilled, powerCut, reboot } from "./scenarios/agent-dies.ts";
import { brokenHost } from "./scenarios/broken-host.ts";
import { hung } from "./scenarios/hung.ts";
import { killed100ms, killed10ms, killed1s, killed1sTwice, killedDefaults } from "./scenarios/killed.ts";
import type { Subject } from "./subject.ts";
import { growth, hundred, hundredDns, one } from "./scenarios/load.ts";
import { flaps, upgrade } from "./scenarios/upgrade.ts";

const SCENARIOS: readonly Scenario[] = [
  [killed10ms, killed100ms, killed1s, killed1sTwice, killedDefaults, hung],
  [agentKilled, agentHung, powerCut, reboot, brokenHost].flat(),
  [hundred, hundredDns, one, growth, upgrade, flaps],
].flat();

/** What of the benchmark is run. */
export interface AgentBenchOptions {
  /** The beginnings of the scenarios' names. Default: all. */
  readonly only?: readonly string[];
  /** Repetitions of what is quick. Default 20. */
  readonly times?: number;
  /** Watches the growth of memory for 30 minutes and not for one. Default false. */
  readonly long?: boolean;
}

/** The health agent beside those that a user would pick instead, each on a Debian host of its own with a real BIRD as neighbor. */
export async function benchAgent(progress: (line: string) => void, options: AgentBenchOptions): Promise<Report> {
  const { only = [""], times = 20, long = false } = options;
  const chosen = SCENARIOS.filter(({ id }) => only.some((name) => id.startsWith(name)));
  if (chosen.length === 0)
    throw new Error(`There is no such scenario. There are: ${SCENARIOS.map(({ id }) => id).join(", ")}`);
  const notes = [await loadNote()];
  const rows: Row[] = [];
  await withHosts(async (fresh) => {
    let hosts = await fresh();
    for (const scenario of chosen) {
      const started = performance.now();
      let result = "";
      try {
        const [mine, ...peers] = hosts;
        rows.push(...(await scenario.run({ hosts, ours: mine, peers, times, long })));
        for (const host of hosts) await host.stop();
      } catch (error) {
        result = ` failed: ${error instanceof Error ? error.message : String(error)}`;
        notes.push(`${scenario.id}${result}`);
        process.exitCode = 1;
        hosts = await fresh();
      }
      progress(`${scenario.id}: ${((performance.now() - started) / 1000).toFixed(0)} s${result}`);
    }
  });
  notes.push(
    "Times end at the neighbor's own time stamp of the withdrawal (BIRD's log, microseconds) and start at a full millisecond, rounded down.",
    `The machine's load afterwards: ${loadavg()[0]?.toFixed(2)}.`,
  );
  return { name: "agent", rows, notes };
}

type Hosts = readonly [ours: BenchHost, ...peers: BenchHost[]];

/** Does work with hosts, and removes them whatever happens: also on Ctrl-C. `fresh` makes new ones in the place of those that it made before. */
async function withHosts(work: (fresh: () => Promise<Hosts>) => Promise<void>): Promise<void> {
  let made: Promise<BenchHost>[] = [];
  let ended = false;
  const disposeAll = async (): Promise<void> => {
    const all = await Promise.allSettled(made);
    made = [];
    for (const host of all) if (host.status === "fulfilled") await host.value.dispose();
  };
  // One after the other: an interrupt in the midst of one must wait for it.
  let disposed: Promise<void> = Promise.resolve();
  const dispose = (): Promise<void> => (disposed = disposed.then(disposeAll, disposeAll));
  const make = (subject: Subject): Promise<BenchHost> => {
    if (ended) throw new Error("interrupted");
    const host = BenchHost.create(subject);
    made.push(host);
    return host;
  };
  const fresh = async (): Promise<Hosts> => {
    await dispose();
    return [await make(ours), await make(anycastHealthchecker), await make(exabgp)];
  };
  const interrupted = (): void => {
    // Whoever presses Ctrl-C twice must not leave half a host behind.
    if (ended) return;
    ended = true;
    void dispose().finally(() => process.exit(130));
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupted);
  try {
    await work(fresh);
  } finally {
    for (const signal of signals) process.off(signal, interrupted);
    await dispose();
  }
}

/** What else keeps the machine busy. Figures from a busy machine are worth little. */
async function loadNote(): Promise<string> {
  const before = busyTicks();
  await sleep(2000);
  const after = busyTicks();
  const share = Math.round(((after.busy - before.busy) / (after.all - before.all)) * 100);
  const machine = `${availableParallelism()} processors, ${share}% busy before the start, load ${loadavg()[0]?.toFixed(2)}`;
  return share > 10
    ? `${machine}: the machine is busy with something else, so the figures are provisional.`
    : `${machine}.`;
}

function busyTicks(): { busy: number; all: number } {
  const ticks = (readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "").split(/\s+/).slice(1, 9).map(Number);
  const all = ticks.reduce((sum, each) => sum + each, 0);
  return { all, busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0) };
}
