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
  /** Folder of the agent's bundles, `agent-<hash>.mjs`. */
  agents: "/usr/local/lib/anycast",
  /** Link to the bundle in use. */
  agent: "/usr/local/lib/anycast/agent.mjs",
  networkUnit: "/etc/systemd/system/anycast-network.service",
  recoverUnit: "/etc/systemd/system/anycast-recover.service",
  agentUnit: "/etc/systemd/system/anycast-agent.service",
  birdDropIn: "/etc/systemd/system/bird.service.d/anycast.conf",
  knotDropIn: "/etc/systemd/system/knot.service.d/anycast.conf",
  /** Folder of what a transaction needs: staged files, backups, the journal, the secrets by version. */
  state: "/var/lib/anycast",
  secrets: "/var/lib/anycast/secrets",
  /** The agent's control socket: JSON lines. */
  agentSocket: "/run/anycast/agent.sock",
} as const;

/** The interface that carries the marker addresses. */
export const MARKER_INTERFACE = "any0";
