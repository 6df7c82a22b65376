import { jobScript } from "../agent/apply/job-script.ts";
import { DPKG, WITHOUT_FORMER_POLICY, WITHOUT_STARTS } from "../agent/apply/package-scripts.ts";
import { MAKE_AGENT_USER } from "../model/agent-user.ts";
import { PACKAGES } from "../model/packages.ts";
import { PATHS } from "../model/paths.ts";

/**
 * The script of the `install` resource, run by `sh -s` as root in the folder with the uploaded agent.
 * Installs what is missing without starting it, holds it so that no version changes by itself (safety 9), makes the agent's user, puts the agent and what starts its jobs into place and prints the versions as JSON.
 * Pinned versions are the apply's: were they in here, a preview would know nothing of what depends on what is printed.
 */
export function installScript({
  agentFile,
  agentHash,
  knot,
}: {
  agentFile: string;
  agentHash: string;
  /** Whether Knot is to be there. */
  knot: boolean;
}): string {
  const needed = PACKAGES.filter((name) => knot || name !== "knot");
  return `set -eu
fail() { echo "install: $*" >&2; exit 1; }
. /etc/os-release
case "$ID $VERSION_ID" in
  "debian 12"|"debian 13") ;;
  *) fail "the host runs $PRETTY_NAME; Debian 12 or 13 is needed" ;;
esac
${WITHOUT_FORMER_POLICY}missing=
for package in ${needed.join(" ")}; do
  dpkg-query -W -f='\${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
${DPKG}if [ -n "$missing" ]; then
${WITHOUT_STARTS.replaceAll(/^(?=.)/gm, "  ")}  # A host that has just booted may be at its own upgrades: that lock is waited for.
  # What a power cut left half-installed stands in the way of all else.
  if [ -n "$(dpkg --audit)" ]; then log=$(unlocked dpkg --force-confold --configure --pending 2>&1) || echo "install: dpkg: $log" >&2; fi
  log=$(apt-get -qq update 2>&1) || fail "apt-get update: $log"
  log=$(apt-get -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends install $missing 2>&1) || fail "apt-get install$missing: $log"
fi
free=
for package in ${needed.join(" ")}; do
  dpkg-query -W -f='\${db:Status-Want}' "$package" | grep -qx hold || free="$free $package"
done
if [ -n "$free" ]; then log=$(hold $free 2>&1) || fail "$log"; fi
log=$({ ${MAKE_AGENT_USER}; } 2>&1) || fail "the agent's user could not be made: $log"
install -d -m 0755 /usr/local/lib/anycast
install -d -m 0700 /var/lib/anycast /var/lib/anycast/secrets
target=/usr/local/lib/anycast/${agentFile}
if [ -e "${agentFile}" ]; then
  install -m 0644 "${agentFile}" "$target.new"
  mv "$target.new" "$target"
  rm "${agentFile}"
fi
[ -e "$target" ] || fail "the agent's bundle ${agentFile} did not arrive"
sum=$(sha256sum "$target" | cut -c1-${agentHash.length})
[ "$sum" = "${agentHash}" ] || fail "the agent's bundle is damaged: its SHA-256 starts with $sum, not with ${agentHash}"
cat > ${PATHS.job}.new <<'END OF SCRIPT'
${jobScript}END OF SCRIPT
mv ${PATHS.job}.new ${PATHS.job}
# The stack takes them for done from here on, also after a power cut.
sync "$target" ${PATHS.job} /usr/local/lib/anycast
version() { dpkg-query -W -f='\${Version}' "$1" 2>/dev/null | sed 's/^[0-9]*://; s/[-+].*//'; }
printf '{"debian":"%s","bird":"%s","knot":${knot ? `"%s"` : "null"},"node":"%s"}\\n' "$(cat /etc/debian_version)" "$(version bird2)" ${knot ? `"$(version knot)" ` : ""}"$(version nodejs)"
`;
}
