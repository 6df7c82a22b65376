/** All that a new host is told at its first boot. */
export interface FirstContact {
  readonly site: string;
  /** The host key that SSH pins: made before the host, so that nothing is trusted on first use. OpenSSH formats; the private half is a secret. */
  readonly hostKey: { readonly private: string; readonly public: string };
  /** Public SSH keys of those who may log in. */
  readonly authorizedKeys: readonly string[];
  /** BGP speakers that are reached by the gateway of the private network (10.0.0.0/8) and not by the default one. */
  readonly privateNeighbors: readonly string[];
}

/** The user that a new host lets in: no password, sudo without one. */
export const FIRST_USER = "anycast";

/**
 * Names what a new host is told at its first boot. Raise it only when every host has to be made anew, with what {@link renderUserData}
 * says now: another text alone counts for the hosts that are made from then on.
 */
export const FIRST_CONTACT = "1";

/** The least of the listed providers' limits that is known: 16 KiB as base64 (cloud-init's own documentation for EC2). */
export const USER_DATA_LIMIT = 16384;

/**
 * User data for cloud-init (`#cloud-config`; its YAML is written as JSON, which is YAML). It is the host's whole first contact and nothing
 * more: what a host needs later `install` and `apply` bring.
 *
 * @throws Error when it is longer than {@link USER_DATA_LIMIT} as base64
 */
export function renderUserData({ site, hostKey, authorizedKeys, privateNeighbors }: FirstContact): string {
  const config = {
    // Only the key that was made for it; the image's own, if any, is gone.
    ssh_deletekeys: true,
    ssh_keys: { ed25519_private: withNewline(hostKey.private), ed25519_public: hostKey.public.trim() },
    // No entry for the image's default user: this is the only one that can log in.
    users: [
      {
        name: FIRST_USER,
        gecos: "pulumi-anycast",
        shell: "/bin/bash",
        lock_passwd: true,
        groups: "adm",
        sudo: "ALL=(ALL) NOPASSWD:ALL",
        ssh_authorized_keys: [...new Set(authorizedKeys.map((key) => key.trim()))],
      },
    ],
    disable_root: true,
    ssh_pwauth: false,
    // Else they are the last lines of its log, where the readiness check looks for the cause of a failure.
    no_ssh_fingerprints: true,
    ssh: { emit_keys_to_console: false },
    write_files: [
      {
        // The first value wins in sshd, and this is the first file it reads.
        path: "/etc/ssh/sshd_config.d/00-anycast.conf",
        content: "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin no\n",
      },
    ],
    packages: ["sudo"],
    ...(privateNeighbors.length === 0 ? {} : { bootcmd: [["sh", "-c", privateRoutes(privateNeighbors)]] }),
  };
  const text = `#cloud-config\n# Made by pulumi-anycast for site ${site}.\n${JSON.stringify(config, null, 2)}\n`;
  const size = Math.ceil(Buffer.byteLength(text) / 3) * 4;
  if (size > USER_DATA_LIMIT)
    throw new Error(
      `the user data of site ${site} is ${size} bytes long as base64, and providers take ${USER_DATA_LIMIT}: name fewer keys in management.sshKeys`,
    );
  return text;
}

/** Runs at every boot, before SSH: the provider gives the private gateway by DHCP or its image, never the neighbors' routes. */
function privateRoutes(neighbors: readonly string[]): string {
  return (
    `gw=$(ip -4 route show 10.0.0.0/8 | sed -n 's/.* via \\([0-9.]*\\).*/\\1/p' | head -n 1); [ -z "$gw" ] || ` +
    `for n in ${neighbors.join(" ")}; do ip route replace "$n/32" via "$gw"; done`
  );
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** Seconds that cloud-init may take: a bare metal server with a slow mirror takes minutes. */
export const READY_LIMIT_S = 900;

/** How many of its last lines are shown when cloud-init failed. */
const LAST_LINES = 20;

/**
 * The script of the readiness check, run by `sh` as {@link FIRST_USER}: ends well when cloud-init did all it was told, else shows the errors
 * that it recorded and the last lines of its log.
 */
export function readyScript(site: string, provider: string): string {
  return `set -u
fail() {
  echo "site ${site} (${provider}): $*" >&2
  if [ -r /run/cloud-init/result.json ]; then
    echo "What it recorded:" >&2
    tr -d '\\n' < /run/cloud-init/result.json | sed 's/  */ /g' >&2
    echo >&2
  fi
  if [ -r /var/log/cloud-init-output.log ]; then
    echo "The last lines of its /var/log/cloud-init-output.log:" >&2
    grep -v '^ci-info: ' /var/log/cloud-init-output.log | tail -n ${LAST_LINES} >&2
  fi
  exit 1
}
command -v cloud-init >/dev/null || fail "the host has no cloud-init, so it never read its user data: choose another 'os'"
timeout ${READY_LIMIT_S} cloud-init status --wait >/dev/null 2>&1
status=$(cloud-init status 2>/dev/null | sed -n 's/^status: //p')
case "$status" in
  done) ;;
  running) fail "cloud-init is still not done after ${READY_LIMIT_S} s" ;;
  *) fail "cloud-init ended in state '$status'" ;;
esac
sudo -n true 2>/dev/null || fail "user ${FIRST_USER} cannot use sudo without a password"
echo ready
`;
}
