import { HOLD_TIME } from "../bird-conf.ts";
import { fewer, limited, oursThenPeers, repeat, together, LIMIT, type Scenario } from "../bench.ts";
import { SERVICE_UNIT } from "../service.ts";
import type { Setting } from "../subject.ts";

const SETTING: Setting = { addresses: 1, every: 1000, fall: 2, rise: 2, events: true };

/** The agent's main process is killed; the service is well. */
export const agentKilled: Scenario = {
  id: "agent-killed",
  run: (bench) =>
    oursThenPeers(bench, async (host) => {
      await host.run(SETTING);
      const times = host === bench.ours ? bench.times : fewer(bench, 3);
      const values = await repeat(times, 1000, async () => {
        const at = host.signal(host.subject.unit, "SIGKILL", "first");
        const gone = await host.withdrawnAfter(at, LIMIT);
        await host.restartAgent();
        return gone;
      });
      await host.stop();
      return limited(host, "agent killed", values, { target: { max: 50 } });
    }),
};

/** The agent hangs, and the service dies at the same moment. */
export const agentHung: Scenario = {
  id: "agent-hung",
  run: (bench) =>
    oursThenPeers(bench, async (host) => {
      await host.run(SETTING);
      const values = await repeat(fewer(bench, host === bench.ours ? 5 : 1), 1000, async () => {
        const at = host.signal(host.subject.unit, "SIGSTOP");
        host.signal(SERVICE_UNIT, "SIGKILL");
        const gone = await host.withdrawnAfter(at, LIMIT);
        host.signal(host.subject.unit, "SIGKILL");
        await host.shell(`systemctl restart ${SERVICE_UNIT}`);
        await host.restartAgent();
        return gone;
      });
      await host.stop();
      return limited(host, "agent hung (SIGSTOP), service dead", values, { target: { max: 3500 } });
    }),
};

/** The host's power is cut: nothing of it answers any more, and no link goes down. */
export const powerCut: Scenario = {
  id: "power-cut",
  async run(bench) {
    const host = bench.ours;
    await host.run(SETTING);
    const values = await repeat(fewer(bench, 3), 1000, async () => {
      await host.silence();
      const at = Date.now();
      await host.host.powerOff();
      const gone = await host.withdrawnAfter(at, LIMIT);
      await host.powerOn();
      await host.run(SETTING);
      return gone;
    });
    return [limited(host, `power cut, hold time ${HOLD_TIME} s`, values)];
  },
};

/** The host reboots while the service is dead: how often the neighbor hears of its prefixes within the next seconds. */
export const reboot: Scenario = {
  id: "reboot",
  run: (bench) =>
    together(bench, async (host) => {
      await host.run(SETTING);
      await host.shell(
        `systemctl add-wants multi-user.target ${[...host.subject.daemons, host.subject.unit].join(" ")}`,
      );
      const values = await repeat(fewer(bench, 3), 0, async () => {
        await host.host.powerOff();
        await host.withdrawn(LIMIT);
        const at = Date.now();
        await host.powerOn();
        await host.judge.until(() => host.judge.established(at), LIMIT);
        const up = Date.now();
        await host.judge.until(() => Date.now() > up + 8000, LIMIT);
        return host.judge.since(at).filter(({ announced }) => announced).length;
      });
      return limited(host, "reboot with a dead service", values, { unit: "announcements", target: { max: 0 } });
    }),
};
