import type { AgentConfig, PrefixState } from "../../model/agent-config.ts";
import type { Verdict } from "../decision/health.ts";
import type { ServiceState } from "../decision/service.ts";

/** What the running agent tells of itself. Times are ISO 8601. */
export interface AgentReport {
  readonly site: string;
  /** The bundle's content hash. */
  readonly version: string;
  /** SHA-256 of the configuration that is in use, hex. */
  readonly config: string;
  /** When the agent started. */
  readonly started: string;
  /** Milliseconds since the last beat: the renewal of what is announced. */
  readonly beatAge: number;
  /** Why an apply keeps everything drained or withdrawn, if one does. */
  readonly held: string | null;
  /** What the operator configured. */
  readonly state: AgentConfig["state"];
  /** Who drained the site by hand, if somebody did; `until` is null when it has no end. */
  readonly drain: {
    readonly reason: string;
    readonly by: string | null;
    readonly since: string;
    readonly until: string | null;
  } | null;
  /** Who withdrew the site by hand, if somebody did. */
  readonly withdrawal: AgentReport["drain"];
  /** Why the agent changes nothing (safety 16), if it is frozen. */
  readonly freeze: { readonly reason: string; readonly since: string } | null;
  readonly services: Readonly<Record<string, ServiceReport>>;
  readonly prefixes: readonly PrefixReport[];
  readonly sessions: AgentConfig["sessions"];
  /** What BIRD routes each prefix by, in the configuration that is in use. */
  readonly routes: readonly PrefixRoutes[];
  /** The other sites; null without heartbeats. */
  readonly fleet: FleetReport | null;
  /** What is not as it is meant. */
  readonly alarms: readonly AlarmReport[];
}

/** A prefix, and BIRD's static protocols of it. */
export interface PrefixRoutes {
  readonly cidr: string;
  readonly full: { readonly protocol: string };
  readonly drained: { readonly protocol: string };
}

/** The other sites as this one hears them. */
export interface FleetReport {
  /** The least number of sites that announce each prefix (safety 1). */
  readonly floor: number;
  /** How many other sites were heard lately. */
  readonly heard: number;
  /** Their names, as far as they are known. */
  readonly sites: readonly string[];
}

/** Something that is not as it is meant, since when. */
export interface AlarmReport {
  /** As in `bird`, `session edge4`, `203.0.113.0/24 in BIRD`. */
  readonly about: string;
  readonly problem: string;
  readonly since: string;
}

/** What is known of a service. */
export interface ServiceReport {
  readonly verdict: ServiceState;
  readonly checks: readonly CheckReport[];
}

/** What is known of a check. */
export interface CheckReport {
  readonly check: string;
  readonly verdict: Verdict;
  readonly since: string;
  /** The last probe: milliseconds since it ended, milliseconds that it took, and why it failed (null when it did not). */
  readonly last: { readonly age: number; readonly took: number; readonly cause: string | null } | null;
}

/** What the agent wants of a prefix; `unknown` until it can tell. */
export interface PrefixReport {
  readonly cidr: string;
  readonly family: 4 | 6;
  readonly wanted: PrefixState | "unknown";
  /** Whether the site is drained and announces in full all the same, as only last resorts would else. */
  readonly takesOver: boolean;
  /** As what an established session exports it; null while BIRD does not answer. */
  readonly announced: PrefixState | null;
  /** Whether a session of its family is established; null while BIRD does not answer. */
  readonly session: boolean | null;
  readonly since: string;
  /** Milliseconds that it has been so; unlike `since`, no change of the wall clock moves it. */
  readonly age: number;
  readonly cause: string;
  /** What will happen by itself, and when, as in `full at 12:05:00: the flap budget`; null when nothing will. */
  readonly next: string | null;
  /** How many withdrawals the flap budget still has (safety 8). */
  readonly budgetLeft: number;
}
