import ipaddr from "ipaddr.js";
import type { AgentConfig, Marker } from "../../model/agent-config.ts";

/** An AS number for examples (RFC 5398). */
const OWN = 64500;
const PROVIDER = 64496;

type Prefix = AgentConfig["prefixes"][number];

/**
 * What BIRD needs to follow the agent, for a host that is set up by hand: a table and the static protocols of each prefix, and
 * in comments a filter and a session that export them.
 */
export function birdSnippet({ prefixes, interface: markers }: Pick<AgentConfig, "prefixes" | "interface">): string {
  const families = ([4, 6] as const).filter((family) => prefixes.some((prefix) => prefix.family === family));
  return [
    `# What the agent announces. A route exists exactly while its marker is an address of ${markers},`,
    "# so nothing is announced at boot, without the agent, or while the agent hangs.",
    "",
    "# BIRD follows the addresses of interfaces by this; leave it out where it stands already.",
    "protocol device { }",
    ...families.flatMap((family) =>
      tables(
        family,
        prefixes.filter((prefix) => prefix.family === family),
      ),
    ),
    "",
  ].join("\n");
}

function tables(family: 4 | 6, prefixes: readonly Prefix[]): string[] {
  const table = `announce${family}`;
  return [
    "",
    `ipv${family} table ${table};`,
    ...prefixes.flatMap(({ cidr, full, drained }) => [
      ...staticProtocol(family, table, full, cidr, 200),
      ...staticProtocol(family, table, drained, cidr, 100),
    ]),
    "",
    "# An example of how to export them: replace the addresses and AS numbers.",
    ...[...filter(family, prefixes), ...session(family, table, prefixes.length)].map((line) => `#   ${line}`),
  ];
}

function staticProtocol(family: 4 | 6, table: string, marker: Marker, cidr: string, preference: number): string[] {
  return [
    `protocol static ${marker.protocol} {`,
    `  ipv${family} { table ${table}; preference ${preference}; import all; export none; };`,
    `  route ${cidr} via ${nextHop(marker.address)};`,
    "}",
  ];
}

/** Deny by default; a drained prefix becomes the last choice of other networks (RFC 8326). */
function filter(family: 4 | 6, prefixes: readonly Prefix[]): string[] {
  return [
    `filter export_announce${family} {`,
    ...prefixes.flatMap(({ cidr, full, drained }) => [
      `  if net = ${cidr} && proto = "${full.protocol}" then accept;`,
      `  if net = ${cidr} && proto = "${drained.protocol}" then {`,
      "    bgp_community.add((65535, 0));",
      `    bgp_path.prepend(${OWN}); bgp_path.prepend(${OWN}); bgp_path.prepend(${OWN});`,
      "    accept;",
      "  }",
    ]),
    "  reject;",
    "}",
  ];
}

function session(family: 4 | 6, table: string, count: number): string[] {
  const [own, provider] = family === 4 ? ["192.0.2.10", "192.0.2.1"] : ["2001:db8::10", "2001:db8::1"];
  return [
    `protocol bgp provider${family} {`,
    `  local ${own} as ${OWN};`,
    `  neighbor ${provider} as ${PROVIDER};`,
    `  ipv${family} {`,
    `    table ${table};`,
    "    import none;",
    `    export filter export_announce${family};`,
    `    export limit ${count} action disable;`,
    "    next hop self;",
    "  };",
    "}",
  ];
}

/** The other address of a marker's /31 or /127. */
function nextHop(marker: string): string {
  const bytes = ipaddr.parse(marker.split("/")[0] ?? "").toByteArray();
  return ipaddr.fromByteArray([...bytes.slice(0, -1), (bytes.at(-1) ?? 0) ^ 1]).toString();
}
