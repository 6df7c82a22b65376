import { setTimeout as sleep } from "node:timers/promises";
import { byScenario, fewer, limited, oneByOne, repeat, together, type Scenario } from "../bench.ts";
import type { BenchHost } from "../bench-host.ts";
import { cpuSeconds, residentMiB } from "../processes.ts";
import { SERVICE_UNIT } from "../service.ts";
import type { Setting } from "../subject.ts";
import { row, type Row, type Target } from "../../report.ts";

const setting = (addresses: number): Setting => ({ addresses, every: 1000, fall: 1, rise: 1, events: true });

const TOGETHER = "100 addresses fail together";

/** How long the cost is watched, in seconds. */
const WATCH = 20;

/** A hundred addresses fail at once; before that, what their checks cost. One after the other: the peers take a core each. */
export const hundred: Scenario = {
  id: "hundred",
  async run(bench) {
    const all = await oneByOne(bench.hosts, async (host) => {
      await host.run(setting(100));
      const costs = await cost(host, "100 checks", { memory: { max: 65 }, cpu: { max: 3 } });
      const values = await repeat(fewer(bench), 1000, () => failure(host));
      return [
        ...costs,
        limited(
          host,
          `${TOGETHER}: last withdrawal after the first`,
          values.map(({ first, last }) => last - first),
          { target: { max: 100 } },
        ),
        limited(
          host,
          `${TOGETHER}: last withdrawal after the kill`,
          values.map(({ killed, last }) => last - killed),
        ),
      ];
    });
    return byScenario(all);
  },
};

/** What checks of a name server cost, which are datagrams. */
export const hundredDns: Scenario = {
  id: "hundred-dns",
  async run(bench) {
    const all = await oneByOne(bench.hosts, async (host) => {
      await host.run({ ...setting(100), asks: "dns" });
      return cost(host, "100 DNS checks", { memory: { max: 65 }, cpu: { max: 3 } });
    });
    return byScenario(all);
  },
};

/** What one check costs. */
export const one: Scenario = {
  id: "one",
  async run(bench) {
    const all = await together(bench, async (host) => {
      await host.run(setting(1));
      return cost(host, "1 check", { memory: { max: 50 } });
    });
    return byScenario(all);
  },
};

/** Whether memory grows with the probes: 50 a second. */
export const growth: Scenario = {
  id: "growth",
  async run({ ours, long }) {
    const minutes = long ? 30 : 1;
    await ours.run({ addresses: 5, every: 100, timeout: 90, fall: 2, rise: 2, events: true });
    await sleep(10_000);
    const before = residentMiB(ours.processes(ours.subject.unit));
    await sleep(minutes * 60_000);
    const after = residentMiB(ours.processes(ours.subject.unit));
    await ours.stop();
    const scenario = `50 checks/s for ${minutes} min: memory`;
    return [
      row("ours", `${scenario} at the start`, [before], "MiB"),
      row("ours", `${scenario} at the end`, [after], "MiB"),
    ];
  },
};

async function cost(host: BenchHost, checks: string, targets: { memory: Target; cpu?: Target }): Promise<Row[]> {
  const samples: number[] = [];
  await sleep(3000);
  const processes = (): number[] => host.processes(host.subject.unit);
  const [before, started] = [cpuSeconds(processes()), performance.now()];
  for (let second = 0; second < WATCH; second += 1) {
    await sleep(1000);
    samples.push(residentMiB(processes()));
  }
  const share = ((cpuSeconds(processes()) - before) / (performance.now() - started)) * 1000 * 100;
  const named = (what: string): string => `${checks} at 1 s: ${what}`;
  const { cpu } = targets;
  return [
    limited(host, named("memory"), samples, { unit: "MiB", target: targets.memory }),
    limited(host, named("processor, own and children"), [share], {
      unit: "%",
      ...(cpu === undefined ? {} : { target: cpu }),
    }),
  ];
}

async function failure(host: BenchHost): Promise<{ killed: number; first: number; last: number }> {
  const killed = host.signal(SERVICE_UNIT, "SIGKILL");
  if (!(await host.withdrawn(60_000)))
    throw new Error(`${host.subject.name}: not everything was withdrawn within a minute`);
  const moments = host.judge
    .since(killed)
    .filter(({ announced }) => !announced)
    .map(({ at }) => at);
  await host.recover();
  return { killed, first: Math.min(...moments), last: Math.max(...moments) };
}
