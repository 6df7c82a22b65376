import { setTimeout as sleep } from "node:timers/promises";
import { PATHS, MARKER_INTERFACE } from "../../model/paths.ts";
import { BirdClient, succeeded } from "../bird/client.ts";
import { AgentClient } from "../control/client.ts";
import { AgentError } from "../error.ts";
import { said } from "../exec.ts";
import type { Actions, Operation } from "./actions.ts";
import type { Host } from "./host.ts";
import { UNITS } from "./units.ts";

const STOP_ORDER = [...UNITS];
STOP_ORDER.reverse();

/** Milliseconds that BIRD may take to reconfigure: protocols that go say good-bye first. */
const BIRD_PATIENCE = 15_000;

/** Stops what is to be stopped, before its files change: what announces first. */
export async function performStops(host: Host, actions: Actions): Promise<void> {
  for (const { name, part } of STOP_ORDER) {
    if (part !== undefined && actions[part] === "stop") await systemctl(host, "stop", name);
  }
  if (actions.disable.length > 0) await systemctl(host, "disable", ...actions.disable);
}

/**
 * Makes the services follow their files: first what serves, then what announces; what is to vanish goes last.
 *
 * @param birdTimeout seconds after which BIRD goes back by itself unless {@link confirmBird} is called; undefined: never
 * @throws AgentError with the words of the service that did not follow
 */
export async function performChanges(host: Host, actions: Actions, birdTimeout: number | undefined): Promise<void> {
  const parts = (["network", "knot", "bird", "agent"] as const).filter((part) => actions[part] !== "keep");
  host.log(`following: ${parts.map((part) => `${part} ${actions[part]}`).join(", ") || "nothing"}`);
  if (actions.enable.length > 0) await systemctl(host, "enable", "--no-reload", ...actions.enable);
  if (actions.daemonReload || actions.enable.length > 0) await systemctl(host, "daemon-reload");
  await follow(host, "anycast-network.service", actions.network, () =>
    systemctl(host, "reload-or-restart", "anycast-network.service"),
  );
  await follow(host, "knot.service", actions.knot, () => knotc(host, "reload"));
  for (const zone of actions.zones) await knotc(host, "zone-reload", zone);
  await follow(host, "bird.service", actions.bird, () => configureBird(birdTimeout));
  await vanish(host, actions.remove);
  await follow(host, "anycast-agent.service", actions.agent, reloadAgent);
  // By now the agent knows no service of those that are no longer guarded: their guards' ends mean nothing to it.
  if (actions.guards.start.length > 0) await systemctl(host, "start", ...actions.guards.start);
  for (const guard of actions.guards.stop) await stopIfThere(host, guard);
}

/** BIRD's 'Reconfiguration confirmed'. It has another one for 'Nothing to do', as when it went back already. */
const CONFIRMED = 18;

/** Makes BIRD stay with its new configuration. */
export async function confirmBird(): Promise<void> {
  const bird = await BirdClient.connect();
  try {
    const { code, lines } = await bird.ask("configure confirm");
    if (code !== CONFIRMED) throw new AgentError(`BIRD did not keep its new configuration: ${lines.join("; ")}`);
  } finally {
    bird.close();
  }
}

/** @throws AgentError with systemd's words and the last lines of the unit's log */
export async function systemctl(host: Host, command: string, ...units: readonly string[]): Promise<void> {
  const finished = await host.run(["systemctl", "--quiet", command, ...units], { timeout: 60_000 });
  if (finished.status === 0) return;
  const log = await host.run(["journalctl", "--output=cat", "--lines=5", ...units.map((unit) => `--unit=${unit}`)]);
  throw new AgentError(`systemctl ${[command, ...units].join(" ")}: ${said(finished)}; its log: ${said(log)}`);
}

async function follow(host: Host, unit: string, operation: Operation, reload: () => Promise<void>): Promise<void> {
  switch (operation) {
    case "keep":
    case "stop":
      return;
    case "start":
    case "restart":
      return systemctl(host, operation, unit);
    case "reload": {
      const { status } = await host.run(["systemctl", "--quiet", "is-active", unit]);
      return status === 0 ? reload() : systemctl(host, "start", unit);
    }
  }
}

async function knotc(host: Host, ...command: readonly string[]): Promise<void> {
  const finished = await host.run(["knotc", "--blocking", "--config", PATHS.knot, ...command]);
  if (finished.status !== 0) throw new AgentError(`knotc ${command.join(" ")}: ${said(finished)}`);
}

/** BIRD has taken the configuration over also when it says that it is still at it. */
async function configureBird(timeout: number | undefined): Promise<void> {
  const command = timeout === undefined ? "configure" : `configure timeout ${timeout}`;
  const bird = await BirdClient.connect();
  try {
    succeeded(await bird.ask(command), command);
    await untilConfigured(bird);
  } finally {
    bird.close();
  }
}

/** Waits until BIRD does what its new configuration says: until then it shows, and does, what the old one says. */
async function untilConfigured(bird: BirdClient): Promise<void> {
  const deadline = performance.now() + BIRD_PATIENCE;
  for (;;) {
    const { lines } = succeeded(await bird.ask("show status"), "show status");
    if (!lines.some((line) => line.includes("Reconfiguration in progress"))) return;
    if (performance.now() > deadline) throw new AgentError("BIRD does not come to the end of its reconfiguration");
    await sleep(50);
  }
}

async function reloadAgent(): Promise<void> {
  const agent = await AgentClient.connect();
  await agent.reload().finally(() => agent.close());
}

async function vanish(host: Host, { addresses, tables, markers }: Actions["remove"]): Promise<void> {
  for (const address of addresses) await removeIfThere(host, "ip", "address", "del", address, "dev", "lo");
  for (const table of tables) await removeIfThere(host, "nft", "delete", "table", ...table.split(" "));
  if (markers) await removeIfThere(host, "ip", "link", "del", "dev", MARKER_INTERFACE);
}

/** A unit that has stopped with another one, and has no file any more, is none. */
async function stopIfThere(host: Host, unit: string): Promise<void> {
  const finished = await host.run(["systemctl", "--quiet", "stop", unit], { timeout: 60_000 });
  if (finished.status !== 0 && !finished.stderr.includes("not loaded"))
    throw new AgentError(`systemctl stop ${unit}: ${said(finished)}`);
}

/** What is gone already needs no removal. */
async function removeIfThere(host: Host, ...argv: readonly string[]): Promise<void> {
  const finished = await host.run(argv);
  const gone = /Cannot assign requested address|Cannot find device|No such file or directory/.test(finished.stderr);
  if (finished.status !== 0 && !gone) throw new AgentError(`${argv.join(" ")}: ${said(finished)}`);
}
