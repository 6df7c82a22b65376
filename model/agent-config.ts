import { z } from "zod";
import { ipAddress, serviceProblems, writtenCheckSchema } from "./agent-checks.ts";
import { withScopes } from "./check-scope.ts";
import { parsePrefix, type Family } from "./ip.ts";
import { markedPrefixes } from "./markers.ts";
import { MARKER_INTERFACE } from "./paths.ts";

export { agentCheckSchema, type AgentCheck, type AgentCheckInput } from "./agent-checks.ts";

const port = z.int().min(1).max(65535);

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
  checks: z.array(writtenCheckSchema).min(1),
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
  /** Names of the services with an address in it; a prefix without any is never announced. Default: all. */
  services: z.array(z.string()).optional(),
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

/** How much traffic may be left when a drained site is withdrawn, in packets a second, and after how many milliseconds it is in any case. */
const drainSchema = z.strictObject({
  residue: z.number().nonnegative().default(1),
  patience: z.int().positive().max(300_000).default(30_000),
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
    /** What an apply waits for before it withdraws. Default: 1 packet a second, for 30 s at most. */
    drain: drainSchema.prefault({}),
    /** Default: none. */
    metrics: metricsSchema.optional(),
  })
  .superRefine(({ services, prefixes, heartbeat }, context) => {
    for (const [index, prefix] of prefixes.entries())
      for (const name of prefix.services ?? [])
        if (!(name in services))
          context.addIssue({
            code: "custom",
            path: ["prefixes", index, "services"],
            message: `there is no service '${name}'`,
          });
    for (const [name, service] of Object.entries(services))
      for (const { path, message } of serviceProblems(
        service,
        heartbeat?.addresses ?? [],
        localTo(service, services, heartbeat?.addresses),
      ))
        context.addIssue({ code: "custom", path: ["services", name, ...path], message });
  })
  .transform((config) => {
    const marked = new Map(markedPrefixes(config.prefixes.map(({ cidr }) => cidr)).map((each) => [each.cidr, each]));
    return {
      ...config,
      services: Object.fromEntries(
        Object.entries(config.services).map(([name, service]) => {
          const local = localTo(service, config.services, config.heartbeat?.addresses);
          return [name, { ...service, checks: withScopes(service.checks, local) }];
        }),
      ),
      prefixes: config.prefixes.map((prefix) => ({
        cidr: prefix.cidr,
        family: familyOfPrefix(prefix.cidr),
        services: prefix.services ?? Object.keys(config.services),
        full: prefix.full ?? markerOf(marked.get(prefix.cidr)!.full),
        drained: prefix.drained ?? markerOf(marked.get(prefix.cidr)!.drained),
      })),
    };
  });

type WrittenService = z.output<typeof serviceSchema>;

/** All addresses that are known to be the site's own; none when a service does not say where it is. */
function localTo(
  { addresses }: WrittenService,
  services: Readonly<Record<string, WrittenService>>,
  own: readonly string[] = [],
): string[] {
  return addresses.length === 0 ? [] : [...Object.values(services).flatMap((each) => each.addresses), ...own];
}

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
export type AgentService = AgentConfig["services"][string];
export type Marker = z.output<typeof markerSchema>;

/** What a prefix is at a site. */
export type PrefixState = "full" | "drained" | "withdrawn";
