import { PACKAGES } from "../../model/packages.ts";
import { MARKER_INTERFACE, PATHS } from "../../model/paths.ts";
import { LIMITED } from "./dpkg.ts";
import { at, STATE, type Host } from "./host.ts";
import { prefixOf } from "./package-files.ts";
import { DPKG, WITHOUT_STARTS } from "./package-scripts.ts";
import type { Actions } from "./actions.ts";
import type { Former } from "./packages.ts";
import { UNITS, type Part } from "./units.ts";

/** What the script is made from, as the journal has it. */
export interface Undoing {
  /** Those that existed have a backup of the same number. */
  readonly paths: readonly { readonly path: string; readonly existed: boolean }[];
  readonly packages: readonly Former[];
  /** Folders to remove if they are empty, the deepest first. */
  readonly folders: readonly string[];
  readonly undo: Actions;
}

/** The units that are stopped before files change, where they run: what announces first. */
const STOP_ORDER: readonly Part[] = ["agent", "bird", "knot"];

/** The units in the order in which they start. */
const START_ORDER: readonly Part[] = ["network", "knot", "bird", "agent"];

/**
 * The shell script that puts everything back as it was before a transaction: at boot, where nothing runs yet, and as the last means while
 * the host runs. It needs sh, coreutils, systemctl and dpkg, and nothing that a transaction changes (safety 19). It can be run any number of
 * times. Whoever starts it holds the lock.
 */
export function undoScript(host: Pick<Host, "root">, { paths, packages, folders, undo }: Undoing): string {
  const file = (path: string): string => quoted(at(host, path));
  const backup = (number: number): string => file(`${STATE.backup}/${number}`);
  const isUnwanted = (part: Part): boolean => undo[part] === "stop";
  const enable = undo.enable.map(quoted).join(" ");
  const body = [
    `[ -e ${file(STATE.journal)} ] || exit 0`,
    `echo "an apply was cut off before its end"`,
    `echo "putting everything back: ${paths.length} files"`,
    ...paths.flatMap(({ path, existed }, number) =>
      existed ? [`has ${backup(number)} || fail ${quoted(`the backup of ${path} is gone`)}`] : [],
    ),
    `stopped=`,
    ...STOP_ORDER.map((part) => `stop ${unitOf(part)}`),
    // A second run may find their files gone, and finds them disabled then.
    ...undo.disable.map((unit) => `systemctl --quiet --no-reload disable ${quoted(unit)} || :`),
    ...(packages.length === 0 ? [] : ["packages"]),
    ...paths.map(({ path, existed }, number) =>
      existed ? `back ${backup(number)} ${file(path)}` : `rm -f ${file(path)} ${file(`${path}.anycast-new`)}`,
    ),
    ...folders.map((folder) => `rmdir ${file(folder)} 2>/dev/null || :`),
    `systemctl daemon-reload`,
    ...(enable === "" ? [] : [`systemctl --quiet --no-reload enable ${enable}`, `systemctl daemon-reload`]),
    `sync`,
    `rm -f ${file(STATE.journal)}`,
    `sync`,
    `rm -rf ${file(STATE.backup)}`,
    `: > ${file(PATHS.recovered)}`,
    ...undo.remove.addresses.map((address) => `ip address del ${quoted(address)} dev lo 2>/dev/null || :`),
    ...(undo.remove.markers ? [`ip link del dev ${MARKER_INTERFACE} 2>/dev/null || :`] : []),
    ...undo.remove.tables.map((table) => `nft delete table ${table} 2>/dev/null || :`),
    ...START_ORDER.filter(isUnwanted).map((part) => `systemctl --quiet --no-block stop ${unitOf(part)} || :`),
    ...START_ORDER.filter((part) => !isUnwanted(part)).map((part) => `start ${unitOf(part)}`),
    `echo "everything is as it was before"`,
  ];
  return `#!/bin/sh
# Puts everything back as it was before an apply. Written when the apply began, and removed when it ended.
# By hand: anycast-agent recover
set -eu
${DPKG}
fail() { echo "not recovered: $*" >&2; exit 1; }
has() { [ -e "$1" ] || [ -L "$1" ]; }

# stop UNIT: at boot none runs yet, and none is touched.
stop() {
  case $(systemctl show --property=ActiveState --value "$1") in inactive|failed) return 0 ;; esac
  systemctl stop "$1" || echo "$1 does not stop"
  stopped="$stopped $1"
}

# start UNIT: what would start at boot, or ran. At boot it waits for this script to end.
start() {
  if [ "$1" = anycast-network.service ] && systemctl --quiet is-active "$1"; then systemctl reload "$1" || echo "$1 was not reloaded"; return; fi
  case " $stopped " in
    *" $1 "*) ;;
    *) systemctl --quiet is-enabled "$1" 2>/dev/null || return 0 ;;
  esac
  systemctl --quiet --no-block start "$1" || echo "$1 was not started"
}

# back BACKUP PATH: the one or the other stands there at any moment. A second name needs no room on a full disk.
back() {
  mkdir -p "$(dirname "$2")"
  rm -f "$2.anycast-new"
  ln -P "$1" "$2.anycast-new" 2>/dev/null || cp -a "$1" "$2.anycast-new"
  mv -fT "$2.anycast-new" "$2"
}
${packages.length === 0 ? "" : packagesFunction(host, packages)}
main() {
${body.map((line) => `  ${line}`).join("\n")}
}
main
`;
}

/** A shell function that brings packages back to the versions that they had. Its own shell, as in it systemd is not to be asked for anything. */
function packagesFunction(host: Pick<Host, "root">, packages: readonly Former[]): string {
  const former = packages.flatMap(({ name, version }) => (version === undefined ? [] : [{ name, version }]));
  const added = packages.filter(({ version }) => version === undefined);
  const held = former
    .filter(({ name }) => (PACKAGES as readonly string[]).includes(name))
    .map(({ name }) => quoted(name));
  const lines = [
    WITHOUT_STARTS.trimEnd(),
    `dpkg_now() { unlocked ${LIMITED} dpkg --force-confold "$@"; }`,
    `set --`,
    ...former.map(
      ({ name, version }) =>
        `is ${quoted(name)} ${quoted(`installed ${version}`)} || set -- "$@" ${quoted(at(host, `${STATE.packages}/${prefixOf(name, version)}`))}*.deb`,
    ),
    `if [ $# -gt 0 ]; then echo "putting packages back: $*"; dpkg_now --install "$@" || fail "dpkg failed"; fi`,
    `set --`,
    ...added.map(({ name }) => `is ${quoted(name)} absent || set -- "$@" ${quoted(name)}`),
    `[ $# = 0 ] || dpkg_now --purge "$@" || fail "dpkg failed"`,
    `# What a cut may have left of others, as of what dpkg does at the end for all.`,
    `dpkg_now --configure --pending || echo "dpkg is not whole: see 'dpkg --audit'"`,
    ...(held.length === 0 ? [] : [`hold ${held.join(" ")}`]),
  ];
  return `
# is PACKAGE STATE
is() {
  now=$(dpkg-query --show --showformat='\${db:Status-Status} \${Version}' "$1" 2>/dev/null) || now=absent
  case $now in not-installed*|config-files*) now=absent ;; esac
  [ "$now" = "$2" ]
}

packages() (
${lines.map((line) => `  ${line}`).join("\n")}
)
`;
}

function unitOf(part: Part): string {
  const unit = UNITS.find((each) => each.part === part);
  if (unit === undefined) throw new Error(`no unit of ${part}`);
  return unit.name;
}

/** A word for a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
