import type { AgentService } from "../../model/agent-config.ts";
import type { Verdict } from "./health.ts";

/** What is known of a check at a moment. */
export interface CheckView {
  readonly label: string;
  readonly id: string | undefined;
  readonly scope: "site" | "shared";
  readonly weight: number;
  readonly dependsOn: readonly string[];
  readonly verdict: Verdict;
  /** Its last probe failed, whether it is down by now or not. */
  readonly failing: boolean;
  readonly slow: boolean;
  /** Others are asked what they find: while it is unknown, it says nothing, neither for the service nor against it. */
  readonly mayBeSilent: boolean;
  /** Why, in words. */
  readonly cause: string;
}

/**
 * `degraded`: slow, or what it shares with other sites is down; it drains and never withdraws (safety 2).
 * `settling`: as `up`, but what it shares with others has not been seen yet.
 */
export type ServiceState = "up" | "degraded" | "settling" | "down" | "unknown";

/** What is known of a service at a moment. */
export interface ServiceVerdict {
  readonly state: ServiceState;
  /** Why, in words. */
  readonly cause: string;
  /** It is down because somebody stops it: that is no flap. */
  readonly planned?: boolean;
  /** A check of its own has not told anything yet. */
  readonly unanswered?: boolean;
  /** It answers nobody for certain: its unit has ended, or its port refuses. */
  readonly dead?: boolean;
}

/** What the checks of a service together say of it. Those that are silent count neither as up nor as down. */
export function serviceVerdict(checks: readonly CheckView[], quorum: AgentService["quorum"]): ServiceVerdict {
  const silent = checks.filter(({ mayBeSilent, verdict }) => mayBeSilent && verdict === "unknown");
  const telling = silent.length === 0 ? checks : checks.filter((check) => !silent.includes(check));
  const views = telling.map((check) => explained(check, telling));
  const site = views.filter(({ scope }) => scope === "site");
  const shared = views.filter(({ scope }) => scope === "shared");
  const total = weight(site);
  const needed = neededOf(quorum, total, weight(silent.filter(({ scope }) => scope === "site")));
  const up = site.filter(({ verdict }) => verdict === "up");
  const unknown = site.filter(({ verdict }) => verdict === "unknown");
  if (weight(up) + weight(unknown) < needed) return { state: "down", cause: causes(site, "down") };
  if (weight(up) < needed || total === 0) return { state: "unknown", cause: causes(views, "unknown") };
  const down = shared.filter(({ verdict }) => verdict === "down");
  if (down.length > 0) return { state: "degraded", cause: `shared with other sites: ${causes(down, "down")}` };
  const slow = [...(weight(up.filter((check) => !check.slow)) < needed ? up : []), ...shared].filter(
    (check) => check.slow,
  );
  if (slow.length > 0) return { state: "degraded", cause: `slow: ${slow.map(({ label }) => label).join("; ")}` };
  if (shared.some(({ verdict }) => verdict === "unknown"))
    return { state: "settling", cause: causes(shared, "unknown") };
  return { state: "up", cause: "healthy" };
}

/** How much must be up of a total. A number is lower by what says nothing, but something must be up in any case. */
function neededOf(quorum: AgentService["quorum"], total: number, silent: number): number {
  if (quorum === "all") return total;
  return Math.min(quorum === "any" ? 1 : Math.max(1, quorum - silent), total);
}

/** While one that it depends on is down, or begins to be, a check says what that one says. */
function explained(check: CheckView, checks: readonly CheckView[]): CheckView {
  const reasons = reasonsOf(check, checks);
  const atSite = reasons.find(({ scope, verdict }) => scope === "site" && verdict === "down");
  const elsewhere = reasons.find(({ scope }) => scope === "shared");
  if (elsewhere !== undefined) {
    // No fault of this site (safety 2): it neither withdraws nor stands in the way of those that do.
    return { ...check, verdict: "up", slow: false };
  }
  // What it shares with other sites cannot be seen; that the site is at fault, the check that it depends on says.
  if (atSite !== undefined && check.scope === "shared") return { ...check, verdict: "up", slow: false };
  if (atSite !== undefined) return { ...check, verdict: "down", cause: `depends on ${atSite.label}` };
  return check;
}

/** Those that a check depends on, directly or not, and that do not answer. */
function reasonsOf(check: CheckView, checks: readonly CheckView[]): readonly CheckView[] {
  if (check.dependsOn.length === 0) return [];
  const found = new Set<CheckView>();
  const visit = (one: CheckView): void => {
    for (const other of checks) {
      if (other === check || found.has(other) || other.id === undefined || !one.dependsOn.includes(other.id)) continue;
      found.add(other);
      visit(other);
    }
  };
  visit(check);
  return [...found].filter(({ verdict, failing }) => verdict === "down" || failing);
}

function weight(checks: readonly CheckView[]): number {
  return checks.reduce((sum, check) => sum + check.weight, 0);
}

function causes(checks: readonly CheckView[], wanted: Verdict): string {
  const told = checks.filter(({ verdict }) => verdict === wanted).map(({ label, cause }) => `${label}: ${cause}`);
  return told.join("; ") || "it has no check of its own";
}
