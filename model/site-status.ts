import { z } from "zod";
import { moment } from "./moment.ts";

const state = z.enum(["full", "drained", "withdrawn"]);

/** A drain or withdrawal by hand. Times are ISO 8601. */
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

/** As in `withdrawn by hand since 2026-01-02 03:04:05Z by ann: cooling fails`. */
export function withdrawalCause({ reason, by, since }: Omit<z.output<typeof drain>, "until">): string {
  return `withdrawn by hand since ${moment(since)}${by === null ? "" : ` by ${by}`}: ${reason}`;
}

/** The cause, and its end for an operator's machine, as in `…: cooling fails; it stays so until 'anycast announce'`. */
export function withdrawalText(ordered: z.output<typeof drain>): string {
  return `${withdrawalCause(ordered)}; it stays so until ${ordered.until === null ? "'anycast announce'" : moment(ordered.until)}`;
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
  /** Null when nobody withdrew it. Agents of the release before know of none. */
  withdrawal: drain.nullable().default(null),
  freeze: z.object({ reason: z.string(), since: z.string() }).nullable(),
  prefixes: z.array(
    z.object({
      cidr: z.string(),
      /** What the agent means. */
      wanted: z.union([state, z.literal("unknown")]),
      /** What BIRD routes; null when it cannot be asked. */
      actual: state.nullable(),
      /** As what an established session exports it; null when BIRD cannot be asked, missing from agents of the release before. */
      announced: state.nullable().optional(),
      /** Whether a session of its family is established; as `announced`. */
      session: z.boolean().nullable().optional(),
      since: z.string(),
      cause: z.string(),
    }),
  ),
  sessions: z.array(
    z.object({
      protocol: z.string(),
      family: z.union([z.literal(4), z.literal(6)]).optional(),
      neighbor: z.string(),
      state: z.string().nullable(),
    }),
  ),
  alarms: z.array(z.object({ about: z.string(), problem: z.string() })),
});

export type SiteStatus = z.output<typeof siteStatusSchema>;

/** A prefix as it is meant, as BIRD routes it, and as neighbors have it; null where BIRD cannot be asked. */
export interface MeantAndSo {
  readonly wanted: "full" | "drained" | "withdrawn" | "unknown";
  readonly actual: "full" | "drained" | "withdrawn" | null;
  readonly announced: "full" | "drained" | "withdrawn" | null;
  readonly session: boolean | null;
}

/** What is meant and what is so of a prefix. Of an agent of the release before, by what BIRD routes and by its sessions. */
export function meantAndSo({ sessions }: SiteStatus, prefix: SiteStatus["prefixes"][number]): MeantAndSo {
  const { cidr, wanted, actual, announced, session } = prefix;
  if (announced !== undefined && session !== undefined) return { wanted, actual, announced, session };
  const family = cidr.includes(":") ? 6 : 4;
  const isUp = sessions.some((each) => (each.family ?? family) === family && each.state === "Established");
  return { wanted, actual, announced: isUp || actual === null ? actual : "withdrawn", session: isUp };
}

/** Whether a prefix is announced as it is meant. */
export function isAsMeant({ wanted, announced }: Pick<MeantAndSo, "wanted" | "announced">): boolean {
  return wanted === announced;
}

/** As in `full`, `full, no session`, `full, not exported`, `withdrawn, but full in BIRD`. */
export function meantAndSoText({ wanted, actual, announced, session }: MeantAndSo): string {
  if (announced === null) return `${wanted}, BIRD does not answer`;
  if (wanted === "unknown") return announced === "withdrawn" ? wanted : `${wanted}, announced ${announced}`;
  if (actual !== wanted) return `${wanted}, but ${actual ?? "unknown"} in BIRD`;
  if (wanted === announced) return wanted;
  if (session === false) return `${wanted}, no session`;
  return announced === "withdrawn" ? `${wanted}, not exported` : `${wanted}, announced ${announced}`;
}
