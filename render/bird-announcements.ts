import { exportMarks, type ExportMarks, type ExportWishes } from "../model/communities.ts";
import type { Family } from "../model/ip.ts";
import type { BgpProfile } from "../model/profiles.ts";
import { MARKER_INTERFACE } from "../model/paths.ts";
import type { MarkedPrefix, MarkerRoute } from "../model/markers.ts";
import { block } from "./text.ts";

/** How many times a drained site adds its own AS number to the path. */
const OWN_PREPENDS = 3;

/** The table that holds what may be announced, and nothing else. */
export function announceTable(family: Family): string {
  return `announce${family}`;
}

/** The name of the filter that a family's sessions export through. */
export function exportFilter(family: Family): string {
  return `export_announce${family}`;
}

/** The table and the static protocols of a family: a prefix's route exists exactly while the kernel has its marker's address. */
export function announcements(family: Family, prefixes: readonly MarkedPrefix[]): string[] {
  return [
    `# What may be announced over IPv${family}. A route exists exactly while its marker is an address of ${MARKER_INTERFACE}.`,
    "# The agent renews markers that live for seconds: no agent, no marker, no route. Nothing is",
    "# announced at boot.",
    `ipv${family} table ${announceTable(family)};`,
    ...prefixes.flatMap(({ cidr, full, drained }) => [
      "",
      ...staticProtocol(family, full, cidr, 200),
      ...staticProtocol(family, drained, cidr, 100),
    ]),
  ];
}

function staticProtocol(family: Family, marker: MarkerRoute, cidr: string, preference: number): string[] {
  return [
    `# Marker: ${marker.address}`,
    ...block(`protocol static ${marker.protocol}`, [
      `ipv${family} { table ${announceTable(family)}; preference ${preference}; import all; export none; };`,
      `route ${cidr} via ${marker.nextHop};`,
    ]),
  ];
}

/** What a site asks of its provider while it is drained: as ever, but for the longest path. */
export function drainMarks(profile: BgpProfile, wishes: ExportWishes): ExportMarks {
  return { ...exportMarks(profile.communities, { ...wishes, prepend: 3 }), ownPrepends: OWN_PREPENDS };
}

/** The function that makes a route the last choice of all other networks. */
export function drainFunction(asn: number, marks: ExportMarks): string[] {
  return [
    "# A drained site stays announced, as the last choice: GRACEFUL_SHUTDOWN (RFC 8326), the own AS",
    "# number again and the provider's community for prepending, all together, as no provider is known",
    "# to honor 65535:0 alone.",
    ...block("function make_last_choice()", ["bgp_community.add((65535, 0));", ...markLines(asn, marks)]),
  ];
}

/** The function that marks a route with what the site asks of its provider; none when it asks nothing. */
export function markFunction(asn: number, marks: ExportMarks): string[] {
  const lines = markLines(asn, marks);
  if (lines.length === 0) return [];
  return [
    "# What the site asks of its provider, for the routes announced in full.",
    ...block("function mark()", lines),
  ];
}

function markLines(asn: number, { standard, large, ownPrepends }: ExportMarks): string[] {
  return [
    ...standard.map((parts) => `bgp_community.add((${parts.join(", ")}));`),
    ...large.map((parts) => `bgp_large_community.add((${parts.join(", ")}));`),
    ...Array.from({ length: ownPrepends }, () => `bgp_path.prepend(${asn});`),
  ];
}

/**
 * The export filter of a family: exactly our prefixes from exactly their own protocols, everything else rejected.
 *
 * @param marked whether there is a `mark()`
 */
export function exportPolicy(family: Family, prefixes: readonly MarkedPrefix[], marked: boolean): string[] {
  return [
    "# Export is deny by default (RFC 8212): our own static routes, exact prefixes, empty path.",
    "# Nothing learnt, nothing longer, nothing shorter.",
    ...block(`filter ${exportFilter(family)}`, [
      "if source != RTS_STATIC then reject;",
      "if bgp_path.len > 0 then reject;",
      ...prefixes.flatMap(({ cidr, full, drained }) => [
        `if net = ${cidr} && proto = "${full.protocol}" then ${marked ? "{ mark(); accept; }" : "accept;"}`,
        `if net = ${cidr} && proto = "${drained.protocol}" then { make_last_choice(); accept; }`,
      ]),
      "reject;",
    ]),
  ];
}
