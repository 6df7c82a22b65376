import type { BgpProfile } from "../model/profiles.ts";
import type { BirdDialect } from "./bird-dialect.ts";
import { announceTable, exportFilter } from "./bird-announcements.ts";
import { passwordSymbol, type Session } from "./sessions.ts";
import { block } from "./text.ts";

/** Seconds that a neighbor may take to answer our OPEN message; BIRD's default of 240 leaves a half-dead neighbor undiscovered for minutes. */
const STARTUP_HOLD = 30;

/**
 * One BGP session to a provider.
 *
 * @param asn our own AS number
 * @param announced how many prefixes of the session's family we announce
 */
export function bgpProtocol(
  { protocol, neighbor }: Session,
  { profile, asn, announced, dialect }: { profile: BgpProfile; asn: number; announced: number; dialect: BirdDialect },
): string[] {
  return block(`protocol bgp ${protocol}`, [
    `description "${profile.name} ${neighbor.address} AS${neighbor.asn}";`,
    "# Always an explicit source: a wrong one looks like silence.",
    `local ${neighbor.source} as ${asn};`,
    `neighbor ${neighbor.address} as ${neighbor.asn};`,
    neighbor.multihop === undefined ? "direct;" : `multihop ${neighbor.multihop};`,
    ...(neighbor.ttlSecurity === true ? ["ttl security on;  # RFC 5082"] : []),
    ...(neighbor.password
      ? [...(dialect.authentication ? ["authentication md5;"] : []), `password ${passwordSymbol(neighbor)};`]
      : []),
    "",
    ...timers(profile, dialect),
    "",
    "# Aware and not on: with 'on' the neighbor keeps a dead site's routes for the whole restart time",
    "# (RFC 4724).",
    "graceful restart aware;",
    "",
    ...block(`ipv${neighbor.family}`, [
      `table ${announceTable(neighbor.family)};`,
      "# We need no route from the provider; the limit is for whoever opens this one day.",
      "import none;",
      "import limit 1 action block;",
      `export filter ${exportFilter(neighbor.family)};`,
      "# A leak stops the session instead of spreading ('Route limit exceeded').",
      `export limit ${announced} action disable;`,
      "next hop self;",
    ]).map((line) => (line === "}" ? "};" : line)),
  ]);
}

function timers({ timers: all }: BgpProfile, dialect: BirdDialect): string[] {
  return [
    "# All timers in seconds, none left to its default.",
    `hold time ${all.hold};`,
    `keepalive time ${all.keepalive};`,
    `startup hold time ${STARTUP_HOLD};`,
    ...(dialect.sendHoldTime ? [`send hold time ${2 * all.hold};  # RFC 9687`] : []),
    `connect delay time ${all.connectDelay};`,
    `connect retry time ${all.connectRetry};`,
    `error wait time ${all.errorWait.join(", ")};`,
    `error forget time ${all.errorForget};`,
  ];
}
