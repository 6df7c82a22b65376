import { MARKER_INTERFACE, PATHS } from "../model/paths.ts";
import { header, paragraphs } from "./text.ts";

const NODE = "/usr/bin/node";

/** The unit that makes the host's network what the files say: at boot, and again with `systemctl reload`. */
export function networkUnit(site: string): string {
  const load = [
    `/usr/sbin/nft -f ${PATHS.firewall}`,
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
      "# address may go before its prefix is withdrawn.",
      ...load.map((command) => `ExecStart=${command}`),
      ...load.map((command) => `ExecReload=${command}`),
    ],
    ["[Install]", "WantedBy=multi-user.target"],
  );
}

/**
 * The unit that undoes, at boot, an apply that a crash or a power cut interrupted.
 * Others are only ordered after it and never pull it in: an apply that starts them must not be undone by its own recovery.
 */
export function recoverUnit(site: string): string {
  return paragraphs(
    [header(site)],
    [
      "[Unit]",
      "Description=Anycast: undo an interrupted apply",
      "Before=anycast-network.service bird.service knot.service anycast-agent.service",
    ],
    ["[Service]", "Type=oneshot", `ExecStart=${NODE} ${PATHS.agent} recover`],
    ["[Install]", "WantedBy=multi-user.target"],
  );
}

/** The agent's unit. At shutdown it stops before BIRD and Knot, so the withdrawal comes first. */
export function agentUnit(site: string): string {
  return paragraphs(
    [header(site)],
    [
      "[Unit]",
      "Description=Anycast: announces this site's prefixes while its services are healthy",
      "After=anycast-recover.service anycast-network.service bird.service knot.service",
      "Wants=anycast-network.service",
      "StartLimitIntervalSec=0",
    ],
    [
      "[Service]",
      "Type=exec",
      `ExecStart=${NODE} --max-old-space-size=64 --max-semi-space-size=1 ${PATHS.agent} run`,
      "# However it ended: no marker, no route. Plain ip, so that it works also when Node does not.",
      `ExecStopPost=-/usr/sbin/ip address flush dev ${MARKER_INTERFACE}`,
      "Restart=always",
      "RestartSec=1",
      "TimeoutStopSec=15",
      "# The last to be killed and the first to run: a late beat is a withdrawal.",
      "OOMScoreAdjust=-900",
      "CPUWeight=1000",
      "MemoryMax=256M",
    ],
    [
      "# BIRD's control socket belongs to the group bird.",
      "SupplementaryGroups=bird",
      "RuntimeDirectory=anycast",
      "RuntimeDirectoryMode=0700",
      "StateDirectory=anycast",
      "StateDirectoryMode=0700",
      "# Markers need NET_ADMIN, a command check may ping.",
      "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW",
      "NoNewPrivileges=yes",
      "ProtectSystem=strict",
      "ProtectHome=yes",
      "PrivateTmp=yes",
      "ProtectControlGroups=yes",
      "ProtectKernelTunables=yes",
      "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
      "RestrictRealtime=yes",
      "RestrictSUIDSGID=yes",
      "LockPersonality=yes",
    ],
    ["[Install]", "WantedBy=multi-user.target"],
  );
}

/** The drop-in for `bird.service` and `knot.service`: started on a whole host, and back within a second whatever killed them. */
export function daemonDropIn(site: string): string {
  return paragraphs(
    [header(site)],
    [
      "[Unit]",
      "After=anycast-recover.service anycast-network.service",
      "Wants=anycast-network.service",
      "StartLimitIntervalSec=0",
    ],
    ["[Service]", "Restart=always", "RestartSec=1", "OOMScoreAdjust=-900"],
  );
}
