import { PATHS } from "../model/paths.ts";
import { header } from "./text.ts";

/** The hosts' Node. */
export const NODE = "/usr/bin/node";

/** The command `anycast-agent`, for operators and for whoever asks a site from afar. */
export function agentCommand(site: string): string {
  return `#!/bin/sh
${header(site)}
exec ${NODE} ${PATHS.agent} "$@"
`;
}
