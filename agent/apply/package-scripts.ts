/**
 * The beginning of a shell script in which no package's script may start or restart a service: an open resolver or BIRD as a package has it
 * is worse than none, and an apply restarts what runs when its site is withdrawn. A host that has a policy of its own for it keeps it. Nor is a
 * configuration file touched that differs from the package's.
 */
export const WITHOUT_STARTS = `policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ] || grep -q "^# pulumi-anycast" $policy; then
  trap 'rm -f $policy' EXIT
  printf '#!/bin/sh\\n# pulumi-anycast: what is to run is started by an apply.\\nexit 101\\n' > $policy
  chmod 0755 $policy
fi
export DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 NEEDRESTART_SUSPEND=1
`;

/**
 * Shell functions. `unlocked COMMAND…` does something with `dpkg`, which does not wait by itself: again for up to five minutes, while somebody
 * else is at work with packages. `await_lock` waits for that alone. `hold PACKAGE…`: from then on nobody changes their versions but who says so, as unattended upgrades would at
 * all sites at once (safety 9). `release PACKAGE…` ends that.
 */
export const DPKG = `export LC_ALL=C
unlocked() {
  tries=60
  until said=$("$@" 2>&1); do
    case $said in *"locked by another process"*) ;; *) tries=1 ;; esac
    tries=$((tries - 1))
    if [ $tries = 0 ]; then echo "$said" >&2; return 1; fi
    sleep 5
  done
}
await_lock() { unlocked dpkg --set-selections < /dev/null; }
hold() { unlocked sh -c 'printf "%s hold\\n" "$@" | dpkg --set-selections' sh "$@"; }
release() { unlocked sh -c 'printf "%s install\\n" "$@" | dpkg --set-selections' sh "$@"; }
`;
