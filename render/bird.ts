import { exportMarks } from "../model/communities.ts";
import type { Family } from "../model/ip.ts";
import type { HostFacts } from "../model/host.ts";
import type { MarkedPrefix } from "../model/markers.ts";
import { MARKER_INTERFACE, PATHS } from "../model/paths.ts";
import type { NetworkConfig } from "../model/schema.ts";
import { announcements, drainFunction, drainMarks, exportPolicy, markFunction } from "./bird-announcements.ts";
import { birdDialect } from "./bird-dialect.ts";
import { bgpProtocol } from "./bird-session.ts";
import { announcedFamilies, markersIn } from "./order.ts";
import { routerId } from "./router-id.ts";
import { sessions } from "./sessions.ts";
import { block, header, paragraphs } from "./text.ts";

/**
 * BIRD's configuration, in the grammar of the host's own version.
 *
 * @param version of BIRD, as in `2.0.12`
 * @throws Error when the network has no such site, the version is not supported or the host has no address
 */
export function renderBird(network: NetworkConfig, site: string, host: HostFacts, version: string): string {
  const dialect = birdDialect(version);
  const all = sessions(network, host);
  const config = network.sites[site];
  if (config === undefined) throw new Error(`the network has no site '${site}'`);
  const mark = markFunction(network.asn, exportMarks(host.profile.communities, config));
  return paragraphs(
    [header(site), ...hints(all[0]?.protocol)],
    ["log syslog all;", "debug protocols { states };"],
    [`router id ${routerId(host)};`],
    all.some(({ neighbor }) => neighbor.password)
      ? [
          "# The passwords of the sessions, for root and BIRD alone.",
          `include "${PATHS.birdSecrets.split("/").at(-1)}";`,
        ]
      : [],
    [
      "# The kernel tells of addresses at once; the scan only catches what was missed.",
      "protocol device { scan time 10; }",
    ],
    drainFunction(network.asn, drainMarks(host.profile, config)),
    mark,
    ...announcedFamilies(network).flatMap((family) => {
      const prefixes = markersIn(network, family);
      return [
        announcements(family, prefixes),
        exportPolicy(family, prefixes, mark.length > 0),
        ...all
          .filter(({ neighbor }) => neighbor.family === family)
          .map((session) =>
            bgpProtocol(session, { profile: host.profile, asn: network.asn, announced: prefixes.length, dialect }),
          ),
        aggregates(family, prefixes),
      ];
    }),
  );
}

function hints(session: string | undefined): string[] {
  const commands: [command: string, tells: string][] = [
    ...(session === undefined
      ? []
      : [[`birdc show protocols all ${session}`, "is the session up, what is exported"] as [string, string]]),
    ["birdc show route table announce4", "what is announced: ..._full, or ..._drained as the last choice"],
    [`ip address show dev ${MARKER_INTERFACE}`, "the markers: a prefix without one is not announced"],
    ["anycast-agent status", "why"],
  ];
  return ["#", ...commands.map(([command, tells]) => `# ${command.padEnd(44)} ${tells}`)];
}

/** The whole prefix as unreachable in the kernel: what is for none of our addresses ends here and does not loop by the default route. */
function aggregates(family: Family, prefixes: readonly MarkedPrefix[]): string[] {
  const name = `aggregate_v${family}`;
  return [
    "# What comes for a prefix but for none of its service addresses ends here, instead of going round",
    "# by the default route. The service addresses on lo are more specific and win.",
    ...block(`protocol static ${name}`, [
      `ipv${family} { import all; export none; };`,
      ...prefixes.map(({ cidr }) => `route ${cidr} unreachable;`),
    ]),
    "# Only these reach the kernel: a default route with a better metric would cut off SSH.",
    ...block(`protocol kernel kernel_v${family}`, [
      "scan time 60;",
      "learn off;",
      "persist off;",
      `ipv${family} { import none; export where source = RTS_STATIC && proto = "${name}"; };`,
    ]),
  ];
}
