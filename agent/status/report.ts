import type { AgentConfig, PrefixState } from "../../model/agent-config.ts";
import type { Verdict } from "../decision/health.ts";

/** What the running agent tells of itself. Times are ISO 8601. */
export interface AgentReport {
  readonly site: string;
  /** The bundle's content hash. */
  readonly version: string;
  /** SHA-256 of the configuration that is in use, hex. */
  readonly config: string;
  /** Why everything is kept withdrawn, if it is. */
  readonly held: string | null;
  readonly services: Readonly<Record<string, ServiceReport>>;
  readonly prefixes: readonly PrefixReport[];
  readonly sessions: AgentConfig["sessions"];
}

/** What is known of a service. */
export interface ServiceReport {
  readonly verdict: Verdict;
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
  readonly since: string;
  readonly cause: string;
}
