import type { AgentConfigInput } from "../../model/agent-config.ts";
import type { Manifest, ManifestFile } from "../../model/manifest.ts";
import { eventsDropIn, PATHS, recoveredDropIn } from "../../model/paths.ts";
import { birdReaderFiles } from "../../render/bird-reader.ts";
import { agentCommand } from "../../render/command.ts";
import {
  agentUnit,
  daemonDropIn,
  guardUnit,
  networkUnit,
  serviceEventsDropIn,
  wholeHostDropIn,
} from "../../render/units.ts";

/** A version of the secrets. */
export const SECRETS = "11111111-1111-4111-8111-111111111111";

/** The addresses of the test's two machines. */
export const NETWORK = {
  host4: "198.18.0.2",
  host6: "fd00:18::2",
  edge4: "198.18.0.1",
  edge6: "fd00:18::1",
} as const;

/** The configuration of the provider's router. */
export function edgeConf(password = "right"): string {
  return `
router id ${NETWORK.edge4};
protocol device { }
protocol bgp site4 {
  local ${NETWORK.edge4} as 64515; neighbor ${NETWORK.host4} as 64500; password "${password}"; passive;
  ipv4 { import all; export none; };
}
protocol bgp site6 {
  local ${NETWORK.edge6} as 64515; neighbor ${NETWORK.host6} as 64500; password "${password}"; passive;
  ipv6 { import all; export none; };
}
`;
}

/** The secrets of a site: the password of its sessions. */
export function secretsText(password = "right"): string {
  const content = `define bgp_password = "${password}";\n`;
  return JSON.stringify({ format: 1, files: { [PATHS.birdSecrets]: { content, mode: "0640", owner: "root:bird" } } });
}

/** What a test may want otherwise. */
export interface ManifestChanges {
  readonly config?: Partial<AgentConfigInput>;
  /** When a probe fails and how many failures count, in milliseconds and failures. Default: 150 and 2. */
  readonly patience?: { readonly timeout: number; readonly fall: number };
  readonly birdExtra?: string;
  /** The condition of the export filters. Default: exactly the prefixes. */
  readonly exported?: string;
  readonly zone?: string;
  readonly knot?: { readonly workers?: number; readonly listen?: string; readonly zone?: string };
}

/** A zone file of `example.net`. */
export function zoneText(serial = 1, more = ""): string {
  return `$ORIGIN example.net.\n$TTL 60\n@ SOA ns1 host ${serial} 3600 600 86400 60\n@ NS ns1\nns1 A 203.0.113.53\n${more}`;
}

/** A whole small site, as the renderer would make it: Knot on the service addresses, two prefixes, two sessions. */
export function siteManifest(secrets: string, changes: ManifestChanges = {}): Manifest {
  const contents = {
    [PATHS.bird]: birdConf(changes),
    [PATHS.birdDropIn]: daemonDropIn("fra"),
    [PATHS.knot]: knotConf(changes),
    [PATHS.knotDropIn]: daemonDropIn("fra"),
    [`${PATHS.zones}/example.net.zone`]: changes.zone ?? zoneText(),
    [PATHS.firewall]: firewall,
    [PATHS.addresses]: addresses,
    [PATHS.sysctl]: "net.ipv4.ip_forward = 0\n",
    [PATHS.agentConfig]: JSON.stringify(testConfig(changes)),
    [PATHS.command]: agentCommand("fra"),
    [PATHS.networkUnit]: networkUnit("fra"),
    [PATHS.agentUnit]: agentUnit("fra"),
    ...birdReaderFiles("fra"),
    [PATHS.guardUnit]: guardUnit("fra"),
    [eventsDropIn("knot.service")]: serviceEventsDropIn("fra", "knot.service"),
    ...Object.fromEntries(
      ["bird.service", "knot.service", "anycast-agent.service"].map((unit) => [
        recoveredDropIn(unit),
        wholeHostDropIn("fra"),
      ]),
    ),
  };
  return {
    format: 1,
    site: "fra",
    secrets,
    soak: 0,
    packages: {},
    files: Object.fromEntries(Object.entries(contents).map(([path, content]) => [path, file(path, content)])),
  };
}

function file(path: string, content: string): ManifestFile {
  return { content, mode: path === PATHS.command ? "0755" : "0644", owner: "root:root" };
}

function testConfig({ config, patience = { timeout: 150, fall: 2 } }: ManifestChanges): AgentConfigInput {
  const timing = { every: 200, rise: 2, ...patience };
  const dns = { kind: "dns", port: 53, name: "example.net", type: "SOA", ...timing } as const;
  return {
    site: "fra",
    services: {
      dns: {
        unit: "knot.service",
        addresses: ["203.0.113.53", "2001:db8:53::53"],
        checks: [
          { ...dns, address: "203.0.113.53", transport: "udp" },
          { ...dns, address: "2001:db8:53::53", transport: "tcp" },
        ],
      },
    },
    prefixes: [
      {
        cidr: "203.0.113.0/24",
        full: { address: "198.19.0.0/31", protocol: "full4_0" },
        drained: { address: "198.19.0.2/31", protocol: "drained4_0" },
      },
      {
        cidr: "2001:db8:53::/48",
        full: { address: "fd00:a::/127", protocol: "full6_0" },
        drained: { address: "fd00:a::2/127", protocol: "drained6_0" },
      },
    ],
    sessions: [
      { protocol: "edge4", family: 4, neighbor: NETWORK.edge4, asn: 64515, password: true },
      { protocol: "edge6", family: 6, neighbor: NETWORK.edge6, asn: 64515, password: true },
    ],
    ...config,
  };
}

function birdConf({ birdExtra = "", exported }: ManifestChanges): string {
  const family = (version: 4 | 6, cidr: string, full: string, drained: string) => `
ipv${version} table announce${version};
protocol static full${version}_0 {
  ipv${version} { table announce${version}; preference 200; };
  route ${cidr} via ${full};
}
protocol static drained${version}_0 {
  ipv${version} { table announce${version}; preference 100; };
  route ${cidr} via ${drained};
}
filter export${version} {
  if ${exported ?? `net = ${cidr}`} then { if proto = "drained${version}_0" then bgp_path.prepend(64500); accept; }
  reject;
}
protocol bgp edge${version} {
  local ${version === 4 ? NETWORK.host4 : NETWORK.host6} as 64500;
  neighbor ${version === 4 ? NETWORK.edge4 : NETWORK.edge6} as 64515;
  password bgp_password;
  hold time 9;
  keepalive time 3;
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  ipv${version} {
    table announce${version};
    import none;
    export filter export${version};
    next hop self;
  };
}
`;
  return `
router id ${NETWORK.host4};
include "anycast-secrets.conf";
protocol device { }
${family(4, "203.0.113.0/24", "198.19.0.1", "198.19.0.3")}
${family(6, "2001:db8:53::/48", "fd00:a::1", "fd00:a::3")}
${birdExtra}
`;
}

function knotConf({ knot = {} }: ManifestChanges): string {
  const { workers = 1, listen = "203.0.113.53@53, 2001:db8:53::53@53", zone = "example.net" } = knot;
  return `server:
    rundir: "/run/knot"
    listen: [ ${listen} ]
    identity: "fra"
    udp-workers: ${workers}
    tcp-workers: 1
    background-workers: 1
log:
  - target: syslog
    any: info
database:
    storage: "/var/lib/knot"
template:
  - id: default
    storage: "${PATHS.zones}"
    file: "%s.zone"
    zonefile-load: whole
    zonefile-sync: -1
    journal-content: none
zone:
  - domain: "${zone}"
`;
}

/** Counts what comes to the service's addresses, and drops nothing. */
const firewall = `table inet anycast {}
delete table inet anycast
table inet anycast {
  counter to_203_0_113_53 {}
  counter to_2001_db8_53__53 {}
  chain input {
    type filter hook input priority filter; policy accept;
    iifname "lo" accept
    ip daddr 203.0.113.53 counter name to_203_0_113_53
    ip6 daddr 2001:db8:53::53 counter name to_2001_db8_53__53
  }
}
`;

const addresses = `address replace 203.0.113.53/32 dev lo scope host
address replace 2001:db8:53::53/128 dev lo valid_lft forever preferred_lft 0
link set dev any0 addrgenmode none
link set dev any0 up
`;
