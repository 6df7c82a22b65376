import { PATHS } from "../model/paths.ts";
import { header } from "./text.ts";

/** The hosts' Node. */
export const NODE = "/usr/bin/node";

/**
 * The command `anycast-agent`, for operators and for whoever asks a site from afar. Where an apply was cut off and Node does not run, it
 * knows the one way back.
 */
export function agentCommand(site: string): string {
  return `#!/bin/sh
${header(site)}
if [ -e ${PATHS.journal} ] && ! ${NODE} --version >/dev/null 2>&1; then
  if [ "$1" = recover ]; then exec flock --close --wait 30 ${PATHS.lock} sh ${PATHS.undo}; fi
  echo "anycast-agent: ${site}: not recovered: an apply was cut off, and Node does not run. Run 'anycast-agent recover' there." >&2
  exit 1
fi
exec ${NODE} ${PATHS.agent} "$@"
`;
}
