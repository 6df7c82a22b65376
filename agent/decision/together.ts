import type { AgentConfig } from "../../model/agent-config.ts";
import type { ServiceState, ServiceVerdict } from "./service.ts";

/** Which state of its services a prefix takes: the first that one of them has. */
const ORDER: Readonly<Record<AgentConfig["announceWhen"], readonly ServiceState[]>> = {
  all: ["down", "unknown", "degraded", "settling", "up"],
  any: ["up", "settling", "degraded", "unknown", "down"],
};

/**
 * What the services with an address in a prefix together say.
 *
 * @param services by name
 */
export function together(
  services: ReadonlyMap<string, ServiceVerdict>,
  announceWhen: AgentConfig["announceWhen"],
): ServiceVerdict {
  const state = ORDER[announceWhen].find((one) => [...services.values()].some((service) => service.state === one));
  if (state === undefined) return { state: "down", cause: "no service has an address in it", unanswered: true };
  const blamed = [...services].filter(([, service]) => service.state === state);
  if (state === "up") return { state, cause: `${blamed.map(([name]) => name).join(", ")} healthy` };
  return {
    state,
    cause: blamed.map(([name, { cause }]) => `${name}: ${cause}`).join("; "),
    planned: blamed.every(([, { planned }]) => planned === true),
    unanswered: [...services.values()].some(({ unanswered }) => unanswered === true),
    dead: [...services.values()].every(({ dead }) => dead === true),
  };
}
