import { z } from "zod";
import { DNS_FLAGS, DNS_RCODES, DNS_TYPES } from "./dns.ts";
import { bytes } from "./fields.ts";
import { canonicalAddress, parsePrefix, type Family } from "./ip.ts";
import { markedPrefixes } from "./markers.ts";
import { MARKER_INTERFACE } from "./paths.ts";

const milliseconds = z.int().positive();
const port = z.int().min(1).max(65535);
const ipAddress = z.string().refine((text) => canonicalAddress(text) !== undefined, {
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
  /** `shared`: asks something that other sites depend on too; it drains at most and never withdraws (safety 2). Default `site`. */
  scope: z.enum(["site", "shared"]).default("site"),
  /** What it counts towards its service's `quorum`. Default 1. */
  weight: z.int().positive().default(1),
  /** The `id`s of checks of the same service whose failure explains this one's: while one of them is down, this one counts as that one does. */
  dependsOn: z.array(z.string()).default([]),
  /** `peer`: another site's agent makes the probe; while none answers, the check says nothing. For network checks of a unicast address. Default `host`. */
  from: z.enum(["host", "peer"]).default("host"),
};

/** One check that the agent runs. */
export const agentCheckSchema = z.discriminatedUnion("kind", [
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
    /** For SOA: how many serials it may be behind the newest of other servers of the zone (RFC 1982), asked by UDP at the same port. Servers that do not answer do not count. */
    serial: z.strictObject({ servers: z.array(ipAddress).min(1), behind: z.int().min(0) }).optional(),
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
]);

/** A marker: the address that the agent keeps alive, and the next hop that BIRD routes the prefix by while it lives. */
const markerSchema = z.strictObject({
  /** Address with its /31 or /127, as in `198.19.0.0/31`. */
  address: z.string(),
  /** BIRD's static protocol that follows it. */
  protocol: z.string(),
});

const serviceSchema = z.strictObject({
  /** The systemd unit that runs it: its end is an event, and is not waited for. Default: none is known. */
  unit: z.string().nullable().default(null),
  /** Its addresses on the host. */
  addresses: z.array(ipAddress).default([]),
  checks: z.array(agentCheckSchema).min(1),
  /** How much of the checks' weight with scope `site` must be up: all, at least one check, or so much. Default `all`. */
  quorum: z
    .union([z.enum(["all", "any"]), z.int().positive()], {
      error: (issue) => `must be all, any, or the least weight that must be up, got ${JSON.stringify(issue.input)}`,
    })
    .default("all"),
});

const prefixSchema = z.strictObject({
  cidr: z.string().refine((text) => !("error" in parsePrefix(text)), {
    error: (issue) => `'${String(issue.input)}' is no prefix: write it as in 203.0.113.0/24 or 2001:db8:53::/48`,
  }),
  /** Names of the services with an address in it. Default: all. */
  services: z.array(z.string()).min(1).optional(),
  /** Default: derived from the prefix (`model/markers.ts`). */
  full: markerSchema.optional(),
  drained: markerSchema.optional(),
});

const sessionSchema = z.strictObject({
  protocol: z.string(),
  family: z.union([z.literal(4), z.literal(6)]),
  neighbor: z.string(),
  asn: z.int(),
  /** Whether it has a password, which BIRD knows. Default false. */
  password: z.boolean().default(false),
});

/** Where the agent listens for other sites' heartbeats, by UDP; the sites themselves stand in `peers.json`. */
const heartbeatSchema = z.strictObject({
  /** The host's own unicast addresses to listen on and to send from. */
  addresses: z.array(ipAddress).min(1),
  port,
});

/** Where the agent serves metrics to Prometheus. */
const metricsSchema = z.strictObject({ address: ipAddress, port });

/** `/etc/anycast/agent.json` as it is written: all that the agent needs to decide. */
export const agentConfigSchema = z
  .strictObject({
    /** The site's name, for logs and other sites. */
    site: z.string(),
    /** The interface of the markers. Default `any0`. */
    interface: z.string().default(MARKER_INTERFACE),
    /** What the operator wants of this site: `active` announces in full when healthy, `drained` announces as the last choice. Default `active`. */
    state: z.enum(["active", "drained"]).default("active"),
    /** A prefix is announced while `all` its services are healthy, or `any` of them. Default `all`. */
    announceWhen: z.enum(["all", "any"]).default("all"),
    /** The least number of sites that announce each prefix (safety 1). Only with heartbeats. Default 1. */
    floor: z.int().positive().default(1),
    services: z.record(z.string(), serviceSchema),
    prefixes: z.array(prefixSchema).min(1),
    /** The BGP sessions, by the name of their BIRD protocol: what they export is compared with what is meant. Default: none. */
    sessions: z.array(sessionSchema).default([]),
    /** Default: none; then there is no floor either. */
    heartbeat: heartbeatSchema.optional(),
    /** Default: none. */
    metrics: metricsSchema.optional(),
  })
  .superRefine(({ services, prefixes }, context) => {
    for (const [index, prefix] of prefixes.entries())
      for (const name of prefix.services ?? [])
        if (!(name in services))
          context.addIssue({
            code: "custom",
            path: ["prefixes", index, "services"],
            message: `there is no service '${name}'`,
          });
    for (const [name, { checks }] of Object.entries(services)) {
      const ids = new Set(checks.map(({ id }) => id));
      for (const [index, check] of checks.entries()) {
        if (check.kind === "dns" && check.serial !== undefined && check.type !== "SOA")
          context.addIssue({
            code: "custom",
            path: ["services", name, "checks", index, "serial"],
            message: `${check.type} records have no serial: SOA records have one`,
          });
        for (const id of check.dependsOn)
          if (!ids.has(id) || id === check.id)
            context.addIssue({
              code: "custom",
              path: ["services", name, "checks", index, "dependsOn"],
              message: `the service has no other check with the id '${id}'`,
            });
      }
    }
  })
  .transform((config) => {
    const marked = new Map(markedPrefixes(config.prefixes.map(({ cidr }) => cidr)).map((each) => [each.cidr, each]));
    return {
      ...config,
      prefixes: config.prefixes.map((prefix) => ({
        cidr: prefix.cidr,
        family: familyOfPrefix(prefix.cidr),
        services: prefix.services ?? Object.keys(config.services),
        full: prefix.full ?? markerOf(marked.get(prefix.cidr)!.full),
        drained: prefix.drained ?? markerOf(marked.get(prefix.cidr)!.drained),
      })),
    };
  });

function markerOf({ address, protocol }: Marker): Marker {
  return { address, protocol };
}

function familyOfPrefix(cidr: string): Family {
  return cidr.includes(":") ? 6 : 4;
}

/** The configuration with all defaults filled in. */
export type AgentConfig = z.output<typeof agentConfigSchema>;
/** The configuration as it is written. */
export type AgentConfigInput = z.input<typeof agentConfigSchema>;
export type AgentCheck = z.output<typeof agentCheckSchema>;
/** A check as it is written. */
export type AgentCheckInput = z.input<typeof agentCheckSchema>;
export type AgentService = z.output<typeof serviceSchema>;
export type Marker = z.output<typeof markerSchema>;

/** What a prefix is at a site. */
export type PrefixState = "full" | "drained" | "withdrawn";
