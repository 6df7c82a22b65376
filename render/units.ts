import { basename, dirname, relative } from "node:path/posix";
import { AGENT_USER } from "../model/agent-user.ts";
import { guardOf, MARKER_INTERFACE, PATHS } from "../model/paths.ts";
import { BIRD_SOCKETS } from "./bird-reader.ts";
import { NODE } from "./command.ts";
import { header, paragraphs } from "./text.ts";

/** The unit that makes the host's network what the files say: at boot, and again with `systemctl reload`. */
export function networkUnit(site: string): string {
  const load = [
    `/usr/sbin/nft -f ${PATHS.firewall}`,
    `-/usr/bin/mkdir ${PATHS.serviceEvents}/loaded:firewall`,
    `/bin/sh -c 'ip link show dev ${MARKER_INTERFACE} >/dev/null 2>&1 || ip link add ${MARKER_INTERFACE} type dummy 2>/dev/null || ip link add ${MARKER_INTERFACE} type bridge'`,
    `/lib/systemd/systemd-sysctl ${PATHS.sysctl}`,
    `/usr/sbin/ip -force -batch ${PATHS.addresses}`,
  ];
  return paragraphs(
    [header(site)],
    [
      "[Unit]",
      "Description=Anycast: firewall, marker interface, kernel settings, service addresses",
      "After=network-pre.target nftables.service systemd-sysctl.service",
      "Before=network.target bird.service knot.service anycast-agent.service",
    ],
    [
      "[Service]",
      "Type=oneshot",
      "RemainAfterExit=yes",
      "# The firewall comes before the addresses that it protects. Stopping takes nothing away, as no",
      "# address may go before its prefix is withdrawn. The agent is told when the firewall was loaded.",
      ...load.map((command) => `ExecStart=${command}`),
      ...load.map((command) => `ExecReload=${command}`),
    ],
    ["[Install]", "WantedBy=multi-user.target"],
  );
}

/**
 * What happens to the markers when the agent has ended, as a line of shell. They stay when it ended well and systemd is
 * starting it again: then the next one takes them over, or they expire. In all other cases nothing is announced from here on.
 * After an orderly end other networks get a moment to hear of it: what serves is stopped next.
 */
const STOP_POST = [
  `test "$$SERVICE_RESULT" = success || exec ip address flush dev ${MARKER_INTERFACE}`,
  'systemctl list-jobs --no-legend anycast-agent.service | grep -q " restart " && exit 0',
  `ip address flush dev ${MARKER_INTERFACE}`,
  "sleep 0.3",
].join("; ");

/** The agent's unit. At shutdown it stops before BIRD and Knot, so the withdrawal comes first. */
export function agentUnit(site: string): string {
  return paragraphs(
    [header(site)],
    [
      "[Unit]",
      "Description=Anycast: announces this site's prefixes while its services are healthy",
      `After=anycast-network.service bird.service knot.service ${BIRD_SOCKETS.join(" ")}`,
      `Wants=anycast-network.service ${BIRD_SOCKETS.join(" ")}`,
      "StartLimitIntervalSec=0",
    ],
    [
      "[Service]",
      "Type=notify",
      "# The agent tells systemd by systemd-notify, a process of its own.",
      "NotifyAccess=all",
      "# Interpreted: what runs a few times a second is never worth compiling. A sixth less memory.",
      `ExecStart=${NODE} --max-old-space-size=64 --max-semi-space-size=1 --lite-mode --v8-pool-size=1 ${PATHS.agent} run`,
      "# Plain ip and as root, so that it works also when Node does not. Killed or broken: no marker, no",
      "# route. Restarted: the markers live for 10 s more, and the new agent takes them over.",
      `ExecStopPost=+-/bin/sh -c '${STOP_POST}'`,
      "# Fed by the progress of the loop. The kernel has withdrawn everything by then; this one restarts.",
      "WatchdogSec=10",
      "WatchdogSignal=SIGKILL",
      "Restart=always",
      "RestartSec=1",
      "TimeoutStartSec=30",
      "TimeoutStopSec=15",
      "# One heap for all of Node's threads: measured, 63 MiB resident instead of 75.",
      "Environment=MALLOC_ARENA_MAX=1",
      "# The last to be killed and the first to run: a late beat is a withdrawal.",
      "OOMScoreAdjust=-900",
      "CPUWeight=1000",
      "MemoryMax=256M",
    ],
    [
      `User=${AGENT_USER}`,
      `RuntimeDirectory=${[dirname(PATHS.agentSocket), PATHS.serviceEvents].map(belowRun).join(" ")}`,
      "RuntimeDirectoryMode=0700",
      "# What services tell while the agent restarts is not lost.",
      "RuntimeDirectoryPreserve=restart",
      `StateDirectory=${basename(PATHS.agentState)}`,
      "StateDirectoryMode=0700",
      "UMask=0077",
    ],
    [
      "# Markers need NET_ADMIN, ICMP needs NET_RAW.",
      "AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW",
      "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW",
      "NoNewPrivileges=yes",
      "ProtectSystem=strict",
      "ProtectHome=yes",
      "PrivateTmp=yes",
      "PrivateDevices=yes",
      "ProtectClock=yes",
      "ProtectControlGroups=yes",
      "ProtectHostname=yes",
      "ProtectKernelLogs=yes",
      "ProtectKernelModules=yes",
      "ProtectKernelTunables=yes",
      "ProtectProc=invisible",
      "RemoveIPC=yes",
      "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
      "RestrictNamespaces=yes",
      "RestrictRealtime=yes",
      "RestrictSUIDSGID=yes",
      "LockPersonality=yes",
      "SystemCallArchitectures=native",
      "SystemCallFilter=@system-service",
      "SystemCallFilter=~@privileged @resources",
      "SystemCallErrorNumber=EPERM",
      "# The passwords of the sessions are none of the agent's business.",
      `InaccessiblePaths=-${PATHS.birdSecrets} -${PATHS.state}`,
    ],
    ["[Install]", "WantedBy=multi-user.target"],
  );
}

/**
 * The template of the units that tell the agent before a service stops, one for each service's unit (safety 4). It starts
 * after the service, so that systemd stops it first, and goes on once the agent has withdrawn what depends on the service.
 */
export function guardUnit(site: string): string {
  // In quotes: the name of an escaped unit, as in dev-sda\\x2d1, has backslashes.
  const event = `"${PATHS.serviceEvents}/stopping:%i"`;
  const tell = [
    'systemctl --quiet is-active "%i" || exit 0',
    `mkdir ${event} 2>/dev/null || exit 0`,
    "i=0",
    `while test -d ${event} && test $$i -lt 80; do sleep 0.05; i=$$((i + 1)); done`,
    "sleep 0.3",
  ].join("; ");
  return paragraphs(
    [header(site)],
    [
      "[Unit]",
      "Description=Anycast: withdraws before %i stops",
      "# Not bound to it: when the service crashes, this one stays.",
      "PartOf=%i",
      "After=%i",
    ],
    [
      "[Service]",
      "Type=oneshot",
      "RemainAfterExit=yes",
      "# systemd stops this one also before it starts a crashed service again: then there is nothing to do.",
      "# The agent removes the folder when it has withdrawn. The markers of one that hangs expire within",
      "# 4 s, and without an agent there are none.",
      `ExecStop=-/bin/sh -c '${tell}'`,
      "TimeoutStopSec=10",
    ],
  );
}

/** The drop-in for a service's unit: the agent is told at once when the service has ended, however that came about. */
export function serviceEventsDropIn(site: string, unit: string): string {
  return paragraphs(
    [header(site)],
    ["[Unit]", `Wants=${guardOf(unit)}`],
    ["[Service]", `ExecStopPost=+-/usr/bin/mkdir ${PATHS.serviceEvents}/ended:${escaped(unit)}`],
  );
}

/** A unit's name as an argument of a command line in a unit file, where a backslash begins an escape (systemd.service(5)). */
function escaped(unit: string): string {
  return unit.replaceAll("\\", "\\\\");
}

function belowRun(path: string): string {
  return relative("/run", path);
}

/** The drop-in for `bird.service` and `knot.service`: started on a whole host, and back within a second whatever killed them. */
export function daemonDropIn(site: string): string {
  return paragraphs(
    [header(site)],
    ["[Unit]", "After=anycast-network.service", "Wants=anycast-network.service", "StartLimitIntervalSec=0"],
    ["[Service]", "Restart=always", "RestartSec=1", "OOMScoreAdjust=-900"],
  );
}

/**
 * The drop-in for whatever announces or serves: it starts only on a host that boot-time recovery found or made whole (safety 19). It is one of
 * its own, so that a host set up by hand needs no recovery, and no requirement: see the agent's `recovery.ts`.
 */
export function wholeHostDropIn(site: string): string {
  return paragraphs(
    [header(site)],
    ["[Unit]", `After=${basename(PATHS.undoUnit)}`, `AssertPathExists=${PATHS.recovered}`],
  );
}
