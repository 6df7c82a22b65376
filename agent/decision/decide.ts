import type { AgentConfig, PrefixState } from "../../model/agent-config.ts";
import type { Verdict } from "./health.ts";

/** What is known of a service at a moment. */
export interface ServiceVerdict {
  readonly verdict: Verdict;
  /** Why, in words. */
  readonly cause: string;
}

/**
 * What a prefix should be, and why. `unknown`: nobody can tell yet, or any more; then the announcer leaves alone what
 * there is, and its lifetime runs out by itself.
 */
export interface Decision {
  readonly state: PrefixState | "unknown";
  readonly cause: string;
}

/** What the operator wants, as far as deciding needs it. */
export type Intent = Pick<AgentConfig, "announceWhen" | "state">;

/** A service is as healthy as the worst of its checks. */
export function worst(checks: readonly ServiceVerdict[]): ServiceVerdict {
  return (
    checks.find(({ verdict }) => verdict === "down") ??
    checks.find(({ verdict }) => verdict === "unknown") ?? { verdict: "up", cause: "healthy" }
  );
}

/**
 * What a prefix should be.
 *
 * @param services those with an address in the prefix, by name
 * @param held the reason to keep everything withdrawn, if there is one
 */
export function decide(
  intent: Intent,
  services: ReadonlyMap<string, ServiceVerdict>,
  held: string | undefined,
): Decision {
  if (held !== undefined) return { state: "withdrawn", cause: `held: ${held}` };
  const verdict = intent.announceWhen === "all" ? all(services) : any(services);
  switch (verdict) {
    case "down":
      return { state: "withdrawn", cause: causes(services, "down") };
    case "unknown":
      return { state: "unknown", cause: causes(services, "unknown") };
    case "up":
      return intent.state === "drained"
        ? { state: "drained", cause: "drained by configuration" }
        : { state: "full", cause: `${names(services, "up")} healthy` };
  }
}

function all(services: ReadonlyMap<string, ServiceVerdict>): Verdict {
  const verdicts = [...services.values()].map(({ verdict }) => verdict);
  if (verdicts.length === 0 || verdicts.includes("down")) return "down";
  return verdicts.includes("unknown") ? "unknown" : "up";
}

function any(services: ReadonlyMap<string, ServiceVerdict>): Verdict {
  const verdicts = [...services.values()].map(({ verdict }) => verdict);
  if (verdicts.includes("up")) return "up";
  return verdicts.includes("unknown") ? "unknown" : "down";
}

function causes(services: ReadonlyMap<string, ServiceVerdict>, wanted: Verdict): string {
  const told = [...services]
    .filter(([, { verdict }]) => verdict === wanted)
    .map(([name, { cause }]) => `${name}: ${cause}`);
  return told.join("; ") || "no service has an address in it";
}

function names(services: ReadonlyMap<string, ServiceVerdict>, wanted: Verdict): string {
  return [...services]
    .filter(([, { verdict }]) => verdict === wanted)
    .map(([name]) => name)
    .join(", ");
}
