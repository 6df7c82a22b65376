import type { Row } from "../../report.ts";
import {
  fewer,
  limited,
  oneByOne,
  oursThenPeers,
  repeat,
  type Bench,
  type Measurement,
  type Scenario,
} from "../bench.ts";
import type { BenchHost } from "../bench-host.ts";
import { SERVICE_UNIT } from "../service.ts";
import type { Setting } from "../subject.ts";

/** Long enough for the peers' own defaults. */
const PATIENCE = 60_000;

/** The service is killed: from the kill until the route is gone at the neighbor, in ms. */
export async function killed(host: BenchHost, setting: Setting, times: number): Promise<Measurement[]> {
  await host.run(setting);
  return repeat(times, setting.every ?? 1000, async () => {
    const at = host.signal(SERVICE_UNIT, "SIGKILL");
    const took = await host.withdrawnAfter(at, PATIENCE);
    await host.recover();
    return took;
  });
}

const pace = (every: number, fall: number): Setting => ({ addresses: 1, every, fall, rise: fall, events: true });

export const killed10ms: Scenario = {
  id: "killed-10ms",
  run: (bench) => sideBySide(bench, "service killed, 10 ms, 1/1", pace(10, 1)),
};

/** The one interval at which ours is also measured without being told of the service's end. */
export const killed100ms: Scenario = {
  id: "killed-100ms",
  async run(bench) {
    const scenario = "service killed, 100 ms, 1/1";
    const rows = await sideBySide(bench, scenario, pace(100, 1));
    const without = `${scenario}, no events`;
    const peers = rows.filter(({ subject }) => subject !== "ours").map((row) => ({ ...row, scenario: without }));
    const values = await killed(bench.ours, { ...pace(100, 1), events: false }, bench.times);
    const best = Math.min(...peers.map(({ median }) => median));
    const target = peers.length === 0 ? {} : { target: { median: best } };
    return [...rows, limited(bench.ours, without, values, target), ...peers];
  },
};

export const killed1s: Scenario = {
  id: "killed-1s",
  run: (bench) => secondScale(bench, "service killed, 1 s, 1/1", pace(1000, 1), bench.times),
};

export const killed1sTwice: Scenario = {
  id: "killed-1s-twice",
  run: (bench) => secondScale(bench, "service killed, 1 s, 2/2", pace(1000, 2), bench.times),
};

export const killedDefaults: Scenario = {
  id: "killed-defaults",
  run: (bench) => secondScale(bench, "service killed, own defaults", { addresses: 1, events: true }, fewer(bench, 3)),
};

async function sideBySide(bench: Bench, scenario: string, setting: Setting): Promise<Row[]> {
  return oneByOne(bench.hosts, async (host) => limited(host, scenario, await killed(host, setting, bench.times)));
}

async function secondScale(bench: Bench, scenario: string, setting: Setting, peers: number): Promise<Row[]> {
  return oursThenPeers(bench, async (host) => {
    const values = await killed(host, setting, host === bench.ours ? bench.times : peers);
    await host.stop();
    return limited(host, scenario, values, { target: { median: 15, max: 40 } });
  });
}
