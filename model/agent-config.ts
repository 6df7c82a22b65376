import { z } from "zod";

const timing = {
  /** Milliseconds between two probes. */
  every: z.int().positive(),
  /** Milliseconds after which a probe has failed. */
  timeout: z.int().positive(),
  fall: z.int().positive(),
  rise: z.int().positive(),
};

const port = z.int().min(1).max(65535);

/** One check that the agent runs; addresses are the service's own. */
export const agentCheckSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("dns"),
    address: z.string(),
    port,
    transport: z.enum(["udp", "tcp"]),
    name: z.string(),
    type: z.string(),
    ...timing,
  }),
  z.strictObject({
    kind: z.literal("http"),
    address: z.string(),
    port,
    path: z.string(),
    host: z.string(),
    status: z.int(),
    ...timing,
  }),
  z.strictObject({ kind: z.literal("tcp"), address: z.string(), port, ...timing }),
  z.strictObject({ kind: z.literal("command"), argv: z.array(z.string()).min(1), ...timing }),
]);

/** A marker: the address that the agent keeps alive, and the next hop that BIRD routes the prefix by while it lives. */
const markerSchema = z.strictObject({
  /** Address with its /31 or /127, as in `198.19.0.0/31`. */
  address: z.string(),
  /** BIRD's static protocol that follows it. */
  protocol: z.string(),
});

/** `/etc/anycast/agent.json`: all that the agent needs to decide. */
export const agentConfigSchema = z.strictObject({
  site: z.string(),
  asn: z.int(),
  /** The interface of the markers. */
  interface: z.string(),
  /** What the operator wants of this site: `active` announces in full when healthy, `drained` announces as the last choice. */
  state: z.enum(["active", "drained"]),
  announceWhen: z.enum(["all", "any"]),
  services: z.record(
    z.string(),
    z.strictObject({
      /** The systemd unit that runs it, when it is ours. */
      unit: z.string().nullable(),
      addresses: z.array(z.string()),
      checks: z.array(agentCheckSchema).min(1),
    }),
  ),
  prefixes: z.array(
    z.strictObject({
      cidr: z.string(),
      family: z.union([z.literal(4), z.literal(6)]),
      /** Names of the services with an address in it. */
      services: z.array(z.string()),
      full: markerSchema,
      drained: markerSchema,
    }),
  ),
  /** The BGP sessions, by the name of their BIRD protocol. */
  sessions: z.array(
    z.strictObject({
      protocol: z.string(),
      family: z.union([z.literal(4), z.literal(6)]),
      neighbor: z.string(),
      asn: z.int(),
      password: z.boolean(),
    }),
  ),
});

export type AgentConfig = z.output<typeof agentConfigSchema>;
export type AgentCheck = z.output<typeof agentCheckSchema>;
export type Marker = z.output<typeof markerSchema>;

/** What a prefix is at a site. */
export type PrefixState = "full" | "drained" | "withdrawn";
