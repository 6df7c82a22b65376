import type { AgentConfig } from "../../model/agent-config.ts";
import { PATHS } from "../../model/paths.ts";
import { textOf } from "./changes.ts";
import { readEntry } from "./entry.ts";
import type { Drain } from "./hold.ts";
import { at, type Host } from "./host.ts";
import { readableConfig } from "./plan.ts";

/** The agent's configuration as it stands on the host; undefined when there is none. */
export async function configNow(host: Host): Promise<AgentConfig | undefined> {
  return readableConfig(textOf(await readEntry(at(host, PATHS.agentConfig))));
}

/** What a drain waits for, by the configuration that stands on the host; nothing without one. */
export async function drainNow(host: Host): Promise<Drain> {
  const config = await configNow(host);
  const addresses = Object.values(config?.services ?? {}).flatMap((service) => service.addresses);
  return { addresses, limits: config?.drain ?? { residue: 0, patience: 0 } };
}
