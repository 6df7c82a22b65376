import { z } from "zod";
import { EVERY_CHECK_IS_SHARED, scopeOf, type Scoped } from "./check-scope.ts";
import { DNS_FLAGS, DNS_RCODES, DNS_TYPES } from "./dns.ts";
import { bytes } from "./fields.ts";
import { canonicalAddress } from "./ip.ts";
import { isPeerCheck, PEER_KINDS, type PeerKind } from "./peer-checks.ts";

const milliseconds = z.int().positive();
const port = z.int().min(1).max(65535);

/** An IP address as it stands in the agent's configuration. */
export const ipAddress = z.string().refine((text) => canonicalAddress(text) !== undefined, {
  error: (issue) => `'${String(issue.input)}' is no IP address`,
});

/** What every check has besides its question. Durations in milliseconds. */
const common = {
  /** What other checks of the service call it in `dependsOn`. Default: nothing. */
  id: z.string().optional(),
  /** Time from one probe to the next; each interval is shortened or prolonged by up to a tenth at random. Default 1000. */
  every: milliseconds.default(1000),
  /** When a probe has failed. Default 500. */
  timeout: milliseconds.default(500),
  /** Failures in a row before it is down. Default 2. */
  fall: z.int().positive().default(2),
  /** Successes in a row before it is up. Default 2. */
  rise: z.int().positive().default(2),
  /** A success that takes longer counts as slow; `fall` slow probes in a row drain the site, which never withdraws it. Default: none is slow. */
  slow: milliseconds.optional(),
  /**
   * `shared`: asks something that other sites depend on too; it drains at most and never withdraws (safety 2). Default: `shared` for an
   * address that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask (`check-scope.ts`); else `site`.
   */
  scope: z.enum(["site", "shared"]).optional(),
  /** What it counts towards its service's `quorum`. Default 1. */
  weight: z.int().positive().default(1),
  /** The `id`s of checks of the same service whose failure explains this one's: while one of them is down, this one counts as that one does. */
  dependsOn: z.array(z.string()).default([]),
  /**
   * `peer`: other sites' agents make the probe, in turn; while none answers, the check says nothing. For kinds of {@link PEER_KINDS}, at an
   * address of `heartbeat`. Default `host`.
   */
  from: z.enum(["host", "peer"]).default("host"),
};

/** One check as it stands in the agent's configuration. */
export const writtenCheckSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("dns"),
    address: ipAddress,
    port: port.default(53),
    transport: z.enum(["udp", "tcp"]).default("udp"),
    name: z.string(),
    type: z.enum(DNS_TYPES).default("SOA"),
    /** The wanted code of the reply. Default NOERROR, with at least one record of the asked name and type. */
    rcode: z.enum(DNS_RCODES).default("NOERROR"),
    /** Flags that the reply must have. Default: `aa`; without it, the server is asked to resolve. */
    flags: z.array(z.enum(DNS_FLAGS)).default(["aa"]),
    /** Data that one of the records must have, as in `192.0.2.1`. Default: any. */
    answer: z.string().optional(),
    /** For SOA: how many serials it may be behind the newest of other servers of the zone (RFC 1982), asked by UDP. Servers that do not answer do not count. */
    serial: z
      .strictObject({
        servers: z.array(ipAddress).min(1),
        behind: z.int().min(0),
        /** Of the other servers. Default: that of the check. */
        port: port.optional(),
      })
      .optional(),
    /** The least number of days that the answer's signatures (RRSIG) must still be valid; an answer without any fails. Default: not asked. */
    signatureDays: z.int().min(0).optional(),
    ...common,
  }),
  z.strictObject({
    kind: z.enum(["http", "https"]),
    address: ipAddress,
    /** Default 80, or 443 for https. */
    port: port.optional(),
    path: z.string().startsWith("/").default("/"),
    /** The Host header, and the name in the certificate. Default: the address. */
    host: z.string().optional(),
    /** Of the response. Redirects are not followed. */
    status: z.int().min(100).max(599).default(200),
    /** Text that the first MiB of the body must contain. */
    body: z.string().optional(),
    /** Headers that the response must have, with these values. */
    headers: z.record(z.string(), z.string()).default({}),
    /** For https: the least number of days that the certificate must still be valid. Whether it is trusted is checked with `verify`. Default: not asked. */
    certificateDays: z.int().min(0).optional(),
    /** For https: whether the certificate must be trusted by the host and name `host`. Default true. */
    verify: z.boolean().default(true),
    ...common,
  }),
  z.strictObject({
    kind: z.literal("tcp"),
    address: ipAddress,
    port,
    /** What the server must send first, a character a byte. Default: nothing. */
    banner: bytes.optional(),
    ...common,
  }),
  /** Sends one datagram; the first answer must contain what is expected. A character is a byte. */
  z.strictObject({ kind: z.literal("udp"), address: ipAddress, port, send: bytes, expect: bytes, ...common }),
  z.strictObject({ kind: z.literal("icmp"), address: ipAddress, ...common }),
  z.strictObject({
    kind: z.literal("ntp"),
    address: ipAddress,
    port: port.default(123),
    /** The highest stratum that counts as healthy. Default 15. */
    stratum: z.int().min(1).max(15).default(15),
    /** How far the server's clock may be from the host's. Default: not asked. */
    offset: milliseconds.optional(),
    ...common,
  }),
  z.strictObject({ kind: z.literal("command"), argv: z.array(z.string()).min(1), ...common }),
  z.strictObject({
    kind: z.literal("file"),
    path: z.string().startsWith("/"),
    /** Milliseconds since the last change after which the file counts as stale. Default: it only has to exist. */
    age: milliseconds.optional(),
    ...common,
  }),
  /** Up while systemd calls the unit active. */
  z.strictObject({ kind: z.literal("unit"), unit: z.string(), ...common }),
  /** Each probe asks a server by UDP for one of its zones, in turn; where a zone is signed, its signatures must be valid. */
  z.strictObject({
    kind: z.literal("zones"),
    address: ipAddress,
    port: port.default(53),
    names: z.array(z.string()).min(1),
    /** The least number of days that signatures must still be valid. Default 0: they must not have expired. */
    signatureDays: z.int().min(0).default(0),
    ...common,
  }),
]);

/** One check that the agent runs, by itself: of the site, unless it says otherwise. */
export const agentCheckSchema = writtenCheckSchema.transform((check) => ({ ...check, scope: check.scope ?? "site" }));

/** The most octets of a check that other sites make: it has to fit a message. */
const LONGEST_ASKED = 1100;

export type AgentCheck = z.output<typeof agentCheckSchema>;
/** A check that other sites' agents can make. */
export type PeerCheck = Extract<AgentCheck, { kind: PeerKind }>;
/** A check as it is written. */
export type AgentCheckInput = z.input<typeof writtenCheckSchema>;
type WrittenCheck = z.output<typeof writtenCheckSchema>;
/** Where something is wrong in a service, and what. */
export interface ServiceProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * What is wrong with the checks of a service together.
 *
 * @param own the host's own addresses, which other sites may be asked to probe
 * @param local all addresses of the site, as for {@link scopeOf}
 */
export function serviceProblems(
  { checks, quorum }: { readonly checks: readonly WrittenCheck[]; readonly quorum: "all" | "any" | number },
  own: readonly string[],
  local: readonly string[],
): ServiceProblem[] {
  const ids = new Set(checks.map(({ id }) => id));
  const ofSite = checks.filter((check) => scopeOf(check as Scoped, local) === "site");
  const weight = ofSite.reduce((sum, check) => sum + check.weight, 0);
  const problems: ServiceProblem[] = [];
  if (!ofSite.some(({ from }) => from === "host")) problems.push({ path: ["checks"], message: EVERY_CHECK_IS_SHARED });
  else if (typeof quorum === "number" && quorum > weight)
    problems.push({
      path: ["quorum"],
      message: `is ${quorum}, but the checks of scope site weigh ${weight} together: it would never be reached`,
    });
  for (const [index, check] of checks.entries())
    for (const [key, message] of [...checkProblems(check, ids), ...peerProblems(check, own)])
      problems.push({ path: ["checks", index, key], message });
  return problems;
}

type Problem = readonly [key: string, message: string];

function checkProblems(check: WrittenCheck, ids: ReadonlySet<string | undefined>): Problem[] {
  const strangers = check.dependsOn.filter((id) => !ids.has(id) || id === check.id);
  return [
    ...(check.kind === "dns" && check.serial !== undefined && check.type !== "SOA"
      ? [["serial", `${check.type} records have no serial: SOA records have one`] as const]
      : []),
    ...strangers.map((id) => ["dependsOn", `the service has no other check with the id '${id}'`] as const),
  ];
}

function peerProblems(check: WrittenCheck, own: readonly string[]): Problem[] {
  if (check.from === "host") return [];
  if (!isPeerCheck(check)) return [["from", `other sites make no ${check.kind} checks, but ${PEER_KINDS.join(", ")}`]];
  const { address, slow } = check;
  const problems: Problem[] = [];
  if (!own.some((each) => canonicalAddress(each) === canonicalAddress(address)))
    problems.push(["address", `is no address of heartbeat: other sites probe these alone, not '${address}'`]);
  if (check.kind === "dns" && check.serial !== undefined)
    problems.push(["serial", "other sites compare no serials: leave it to a check from the host"]);
  if (check.kind === "dns" && check.signatureDays !== undefined)
    problems.push(["signatureDays", "other sites look at no signatures: leave it to a check from the host"]);
  if (slow !== undefined)
    problems.push(["slow", "other sites are not equally near: leave it to a check from the host"]);
  if (Buffer.byteLength(JSON.stringify(check)) > LONGEST_ASKED)
    problems.push(["from", `the check is longer than the ${LONGEST_ASKED} octets that other sites can be asked with`]);
  return problems;
}
