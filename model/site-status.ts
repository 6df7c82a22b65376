import { z } from "zod";
import { moment } from "./moment.ts";

const state = z.enum(["full", "drained", "withdrawn"]);

/** A drain by hand. Times are ISO 8601. */
const drain = z.object({
  reason: z.string(),
  by: z.string().nullable(),
  since: z.string(),
  /** Null when it has no end. */
  until: z.string().nullable(),
});

/** As in `drained by hand since 2026-01-02 03:04:05Z by ann: new line card`. */
export function drainCause({ reason, by, since }: Omit<z.output<typeof drain>, "until">): string {
  return `drained by hand since ${moment(since)}${by === null ? "" : ` by ${by}`}: ${reason}`;
}

/** The cause, and its end for an operator's machine, as in `…: new line card; it stays so until 'anycast undrain'`. */
export function drainText(ordered: z.output<typeof drain>): string {
  return `${drainCause(ordered)}; it stays so until ${ordered.until === null ? "'anycast undrain'" : moment(ordered.until)}`;
}

/** What an operator's machine reads of `anycast-agent status --json`. What else is in there is left out. */
export const siteStatusSchema = z.object({
  site: z.string(),
  /** The bundle's content hash. */
  version: z.string(),
  /** SHA-256 of the manifest that was applied last, hex; null when the agent cannot tell. */
  applied: z.string().nullable(),
  held: z.string().nullable(),
  /** What the operator configured. */
  state: z.enum(["active", "drained"]),
  /** Null when nobody drained it. */
  drain: drain.nullable(),
  freeze: z.object({ reason: z.string(), since: z.string() }).nullable(),
  prefixes: z.array(
    z.object({
      cidr: z.string(),
      /** What the agent means. */
      wanted: z.union([state, z.literal("unknown")]),
      /** What BIRD routes; null when it cannot be asked. */
      actual: state.nullable(),
      since: z.string(),
      cause: z.string(),
    }),
  ),
  sessions: z.array(z.object({ protocol: z.string(), neighbor: z.string(), state: z.string().nullable() })),
  alarms: z.array(z.object({ about: z.string(), problem: z.string() })),
});

export type SiteStatus = z.output<typeof siteStatusSchema>;
