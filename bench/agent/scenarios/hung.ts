import { byScenario, limited, oneByOne, repeat, LIMIT, type Scenario } from "../bench.ts";
import { SERVICE_UNIT } from "../service.ts";
import type { Setting } from "../subject.ts";

const SETTING: Setting = { addresses: 1, every: 200, timeout: 150, fall: 2, rise: 2, events: true };

/** What announcing again may take besides the probes, in ms. */
const SLACK = 50;

/** The service hangs and later goes on, which is a recovery at a known moment. */
export const hung: Scenario = {
  id: "hung",
  async run(bench) {
    const rows = await oneByOne(bench.hosts, async (host) => {
      await host.run(SETTING);
      const values = await repeat(bench.times, SETTING.every ?? 0, async () => {
        const stopped = host.signal(SERVICE_UNIT, "SIGSTOP");
        const gone = await host.withdrawnAfter(stopped, LIMIT);
        await host.forget();
        const continued = host.signal(SERVICE_UNIT, "SIGCONT");
        return { gone, back: (await host.announced()) - continued };
      });
      return [
        limited(
          host,
          "service hung, 200 ms, timeout 150 ms, fall 2",
          values.map(({ gone }) => gone),
          { target: { max: 600 } },
        ),
        limited(
          host,
          "announced again after the recovery, 200 ms, rise 2",
          values.map(({ back }) => back),
          { target: { max: 2 * 200 + SLACK } },
        ),
      ];
    });
    return byScenario(rows);
  },
};
