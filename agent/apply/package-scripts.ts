/** A line of shell that removes what a killed apply of an earlier version may have left: no package's script would start anything. */
export const WITHOUT_FORMER_POLICY = `if grep -qs "^# pulumi-anycast" /usr/sbin/policy-rc.d; then rm -f /usr/sbin/policy-rc.d; fi
`;

/**
 * The beginning of a shell script in which no package's script starts, restarts or stops a service: an open resolver or BIRD as a package has it
 * is worse than none, and an apply restarts what runs when its site is withdrawn. `systemctl` does nothing by SYSTEMD_OFFLINE (systemd's
 * docs/ENVIRONMENT.md), which ends with the script, however that ends; a policy-rc.d would stay after a kill, as that of earlier versions did.
 * systemd has to read its units again afterwards. Nor is a configuration file touched that differs from the package's.
 */
export const WITHOUT_STARTS = `${WITHOUT_FORMER_POLICY}export SYSTEMD_OFFLINE=1 DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFOLD=1 NEEDRESTART_SUSPEND=1
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
