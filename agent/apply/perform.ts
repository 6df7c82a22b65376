import { PATHS, MARKER_INTERFACE } from "../../model/paths.ts";
import { BirdClient, succeeded } from "../bird/client.ts";
import { AgentClient } from "../control/client.ts";
import { AgentError } from "../error.ts";
import { said } from "../exec.ts";
import type { Actions, Operation } from "./actions.ts";
import type { Host } from "./host.ts";
import { UNITS } from "./units.ts";

/** Seconds after which BIRD goes back by itself to its former configuration, when nobody confirms the new one. */
const BIRD_TIMEOUT = 60;

const STOP_ORDER = [...UNITS];
STOP_ORDER.reverse();

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
 * @param options.birdTimeout whether BIRD is to go back by itself unless {@link confirmBird} is called in time
 * @throws AgentError with the words of the service that did not follow
 */
export async function performChanges(host: Host, actions: Actions, options: { birdTimeout: boolean }): Promise<void> {
  const parts = (["network", "knot", "bird", "agent"] as const).filter((part) => actions[part] !== "keep");
  host.log(`following: ${parts.map((part) => `${part} ${actions[part]}`).join(", ") || "nothing"}`);
  if (actions.enable.length > 0) await systemctl(host, "enable", "--no-reload", ...actions.enable);
  if (actions.daemonReload || actions.enable.length > 0) await systemctl(host, "daemon-reload");
  await follow(host, "anycast-network.service", actions.network, () =>
    systemctl(host, "reload-or-restart", "anycast-network.service"),
  );
  await follow(host, "knot.service", actions.knot, () => knotc(host, "reload"));
  for (const zone of actions.zones) await knotc(host, "zone-reload", zone);
  await follow(host, "bird.service", actions.bird, () => configureBird(options.birdTimeout));
  await vanish(host, actions.remove);
  await follow(host, "anycast-agent.service", actions.agent, reloadAgent);
}

/** Makes BIRD stay with its new configuration. */
export async function confirmBird(): Promise<void> {
  const bird = await BirdClient.connect();
  try {
    succeeded(await bird.ask("configure confirm"), "configure confirm");
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
async function configureBird(withTimeout: boolean): Promise<void> {
  const command = withTimeout ? `configure timeout ${BIRD_TIMEOUT}` : "configure";
  const bird = await BirdClient.connect();
  try {
    succeeded(await bird.ask(command), command);
  } finally {
    bird.close();
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

/** What is gone already needs no removal. */
async function removeIfThere(host: Host, ...argv: readonly string[]): Promise<void> {
  const finished = await host.run(argv);
  const gone = /Cannot assign requested address|Cannot find device|No such file or directory/.test(finished.stderr);
  if (finished.status !== 0 && !gone) throw new AgentError(`${argv.join(" ")}: ${said(finished)}`);
}
