import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { row } from "../../report.ts";
import { fewer, limited, together, type Scenario } from "../bench.ts";
import { PORT, addressOf, type Setting } from "../subject.ts";
import { SERVICE_UNIT } from "../service.ts";

const SETTING: Setting = { addresses: 1, every: 1000, fall: 1, rise: 1, events: true };

/** Queries a second while the agent is restarted. */
const RATE = 200;

/** The agent is restarted under load, as an upgrade does it. */
export const upgrade: Scenario = {
  id: "upgrade",
  async run(bench) {
    const { ours } = bench;
    await ours.run(SETTING);
    const load = execa(
      "ip",
      ["netns", "exec", `${ours.host.name}-edge`, process.execPath, "--import", "tsx"].concat([
        join(import.meta.dirname, "..", "load.ts"),
        `http://${addressOf(0)}:${PORT}/`,
        String(RATE),
      ]),
      { reject: false },
    );
    await sleep(3000);
    ours.judge.look();
    const [from, updates] = [Date.now(), ours.judge.updates];
    for (let restart = 0; restart < fewer(bench); restart += 1) {
      await ours.shell(`systemctl restart ${ours.subject.unit}`);
      await sleep(4000);
    }
    // Before the stop below, whose withdrawal is an update too.
    const [changes, seen] = [ours.judge.since(from).length, ours.judge.updates - updates];
    load.kill("SIGTERM");
    const { stdout } = await load;
    const { sent, lost } = JSON.parse(stdout) as { sent: number; lost: number };
    await ours.stop();
    const scenario = `agent restarted ${fewer(bench)} times under ${RATE} queries/s`;
    const none = { target: { max: 0 } };
    return [
      row("ours", `${scenario}: queries`, [sent], "queries"),
      { ...row("ours", `${scenario}: lost`, [lost], "queries"), ...none },
      {
        ...row("ours", `${scenario}: updates at the neighbor`, [Math.max(changes, seen)], "updates"),
        ...none,
      },
    ];
  },
};

const FLAPS = 20;

/** The service fails and comes back, again and again. */
export const flaps: Scenario = {
  id: "flaps",
  run: (bench) =>
    together(bench, async (host) => {
      await host.run(SETTING);
      await host.forget();
      const from = Date.now();
      for (let flap = 0; flap < FLAPS; flap += 1) {
        host.signal(SERVICE_UNIT, "SIGKILL");
        await sleep(1400);
        await host.shell(`systemctl restart ${SERVICE_UNIT}`);
        await sleep(Math.max(0, from + (flap + 1) * 3000 - Date.now()));
      }
      const withdrawals = host.judge.since(from).filter(({ announced }) => !announced).length;
      await host.forget();
      return limited(host, `${FLAPS} flaps in 60 s: withdrawals`, [withdrawals], { unit: "", target: { max: 2 } });
    }),
};
