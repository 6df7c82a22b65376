/** Where everything of ours is on a host. One list, so that the renderer, the agent and the components agree. */
export const PATHS = {
  /** BIRD's configuration, and its passwords beside it (included by a relative name, so that staged files find each other). */
  bird: "/etc/bird/bird.conf",
  birdSecrets: "/etc/bird/anycast-secrets.conf",
  birdSocket: "/run/bird/bird.ctl",
  knot: "/etc/knot/knot.conf",
  /** Folder of the zone files, `<zone>.zone`. */
  zones: "/etc/knot/zones",
  firewall: "/etc/anycast/firewall.nft",
  /** `ip -batch` files: our interface and the service addresses, loaded at boot. */
  addresses: "/etc/anycast/addresses.batch",
  sysctl: "/etc/sysctl.d/90-anycast.conf",
  agentConfig: "/etc/anycast/agent.json",
  /** Whom the agent exchanges heartbeats with, and their key. Written by `anycast-agent peers`, not by an apply. */
  peers: "/etc/anycast/peers.json",
  /** The names of all sites of the network. Apart from the peers, as an agent of a release before reads those. */
  sites: "/etc/anycast/sites.json",
  /** Folder of the agent's bundles, `agent-<hash>.mjs`. */
  agents: "/usr/local/lib/anycast",
  /** Link to the bundle in use. */
  agent: "/usr/local/lib/anycast/agent.mjs",
  /** The script that has the agent apply, go back or retire in a unit of its own. */
  job: "/usr/local/lib/anycast/job",
  /** The command `anycast-agent`: the bundle in use, by hand. */
  command: "/usr/local/sbin/anycast-agent",
  networkUnit: "/etc/systemd/system/anycast-network.service",
  /** Recovery at boot as earlier versions had it, by the agent: removed by the next apply. */
  recoverUnit: "/etc/systemd/system/anycast-recover.service",
  /** Recovery at boot. Written by the agent before an apply, and part of none. */
  undoUnit: "/etc/systemd/system/anycast-undo.service",
  /** There once recovery at boot, or an apply, knows the host to be whole: what announces and serves starts only then. */
  recovered: "/run/anycast-recovered",
  agentUnit: "/etc/systemd/system/anycast-agent.service",
  /** By which the agent, which may not use BIRD's own socket, looks at BIRD, and has BIRD check its configuration. */
  birdReader: "/run/anycast-bird.sock",
  birdReaderSocket: "/etc/systemd/system/anycast-bird.socket",
  birdReaderUnit: "/etc/systemd/system/anycast-bird@.service",
  birdChecker: "/run/anycast-bird-check.sock",
  birdCheckerSocket: "/etc/systemd/system/anycast-bird-check.socket",
  birdCheckerUnit: "/etc/systemd/system/anycast-bird-check@.service",
  birdDropIn: "/etc/systemd/system/bird.service.d/anycast.conf",
  knotDropIn: "/etc/systemd/system/knot.service.d/anycast.conf",
  /** Folder of what a transaction needs: staged files, backups, the journal, the secrets by version. */
  state: "/var/lib/anycast",
  secrets: "/var/lib/anycast/secrets",
  /** The journal of the transaction under way. While it exists, the host is between before and after. */
  journal: "/var/lib/anycast/transaction.json",
  lock: "/var/lib/anycast/lock",
  /** The shell script that undoes that transaction. */
  undo: "/var/lib/anycast/backup/undo.sh",
  /** Folder of what the agent itself remembers across restarts and reboots; its user's. */
  agentState: "/var/lib/anycast-agent",
  /** The agent's control socket: JSON lines. */
  agentSocket: "/run/anycast/agent.sock",
  /** Folder of what the services' units tell the agent: an empty folder each, `ended:<unit>` or `stopping:<unit>`, that the agent removes when it has acted. */
  serviceEvents: "/run/anycast/events",
  /** Template of the units that tell the agent before a service stops. */
  guardUnit: "/etc/systemd/system/anycast-guard@.service",
} as const;

/** The drop-in that has a service's unit tell the agent when it ends. */
export function eventsDropIn(unit: string): string {
  return `/etc/systemd/system/${unit}.d/anycast-events.conf`;
}

/** The drop-in that has a unit start only on a host that is whole. */
export function recoveredDropIn(unit: string): string {
  return `/etc/systemd/system/${unit}.d/anycast-recovered.conf`;
}

/** The unit that tells the agent before another unit stops, as in `anycast-guard@knot.service.service`. */
export function guardOf(unit: string): string {
  return `anycast-guard@${unit}.service`;
}

/** The interface that carries the marker addresses. */
export const MARKER_INTERFACE = "any0";

/** The UDP port of the heartbeats between sites: assigned to nobody, and above the ports that Linux gives out by itself (up to 60999). */
export const HEARTBEAT_PORT = 61453;

/** The nftables table of the heartbeats, and its set of the words that peers' messages carry. Both outlive a load of the firewall. */
export const HEARTBEAT_TABLE = "inet anycast_heartbeats";
export const WORD_SET = "words";
/** Bit offset of the word from the UDP header on, and its length (`agent/fleet/message.ts`). */
export const WORD_BITS = { offset: 80, length: 32 } as const;
