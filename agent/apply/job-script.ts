import { STATE } from "./host.ts";
import { JOBS, NEWEST_JOB } from "./job.ts";

/** The longest (min) that a job may take: those before it, slow services, the longest soak, the way back. Then systemd ends it. */
export const JOB_LIMIT_MIN = 30;

/** The longest that putting everything back may take after that: with packages, and others that are at work with packages. */
const WAY_BACK = "20min";

/**
 * The shell script at `PATHS.job`, `job BUNDLE KIND [ARGUMENT]`: has a job done by a systemd unit of its own, waits for it, and
 * prints what it has to say, or says why it failed and ends with status 1. Standard input is what the job is to work on.
 *
 * When the script dies, as with a connection that is cut, the job goes on to its end; when the job dies, systemd has everything put back.
 * It is a shell's and not the agent's: what only waits need not start Node, which costs a host more than most applies.
 */
export const jobScript = `#!/bin/sh
# Usage: job BUNDLE KIND [ARGUMENT]
# Has the agent do a job in a systemd unit of its own, which a cut connection does not end, and prints its outcome.
bundle=$1 kind=$2
shift 2
umask 077
# Nobody may be listening any more at the end, and the folder is to be removed all the same.
trap '' PIPE
id=$(cat /proc/sys/kernel/random/uuid)
folder=${JOBS}/$id
mkdir -p "$folder" || exit 1
trap 'rm -rf "$folder"' EXIT
# sudo takes the variable away, but has it itself.
from=\${SSH_CLIENT:-$(tr '\\0' '\\n' 2>/dev/null < "/proc/$PPID/environ" | sed -n 's/^SSH_CLIENT=//p')}
echo "\${from%% *}" > "$folder/from"
cat > "$folder/input" || exit 1
case $kind in apply|rollback) echo "$id" > ${NEWEST_JOB} ;; esac
said=$(systemd-run --unit="anycast-$kind-$id" --description="Anycast: $kind" --collect --quiet --wait \\
  --property=SyslogIdentifier="anycast-$kind" --property=RuntimeMaxSec=${JOB_LIMIT_MIN}min --property=TimeoutStopSec=${WAY_BACK} \\
  --property=ExecStopPost="-/bin/sh -c 'test ! -e ${STATE.journal} || node $bundle recover || flock --close --wait 30 ${STATE.lock} sh ${STATE.undo}'" \\
  node "$bundle" job "$kind" "$id" "$@" 2>&1)
if [ -e "$folder/output" ]; then cat "$folder/output"; exit 0; fi
if [ -e "$folder/error" ]; then cat "$folder/error" >&2; exit 1; fi
state="Everything is as it was before."
if [ -e ${STATE.journal} ]; then state="The host is half-way: run 'anycast-agent recover' there."; fi
echo "anycast-agent: the $kind was killed or did not start (\${said:-it says nothing}; see 'journalctl -t anycast-$kind'). $state" >&2
exit 1
`;
