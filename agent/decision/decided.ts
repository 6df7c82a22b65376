import type { AgentConfig, PrefixState } from "../../model/agent-config.ts";
import { HANDED_OVER } from "../announcer/announcer.ts";
import type { Badness } from "../fleet/fleet.ts";
import { CALM_BUDGET, type FlapBudget } from "./flap-budget.ts";
import type { OtherSites } from "./last-resort.ts";
import type { ServiceVerdict } from "./service.ts";
import type { Takeover } from "./takeover.ts";

/** Milliseconds from the last renewal of a marker that lives for `lifetime` seconds until the kernel has deleted it. */
export function untilDeleted(lifetime: number): number {
  return lifetime * 1000 + 500;
}

/** What would change a decision, and when by itself if it is known; a moment of the agent's clock. */
export interface Next {
  readonly does: string;
  readonly at?: number;
  readonly why?: string;
}

/** Whether more comes to the site than usual, by far; or until when it is withdrawn for that, with the consent of the others. */
export type LoadState = "usual" | "high" | { readonly until: number };

/** What the decision about a prefix is made from. */
export interface Situation {
  readonly intent: Pick<AgentConfig, "announceWhen" | "state" | "floor">;
  /** Those with an address in the prefix, by name. */
  readonly services: ReadonlyMap<string, ServiceVerdict>;
  /** Why an apply, or a person, keeps everything drained or withdrawn. */
  readonly held:
    | { readonly reason: string; readonly state: "drained" | "withdrawn"; readonly byHand?: boolean | undefined }
    | undefined;
  /** Why nothing may change (safety 16). */
  readonly frozen: string | undefined;
  /** What the prefix was when it was frozen; undefined: nobody could tell. */
  readonly frozenAs?: PrefixState | undefined;
  /** Drained by hand: why, until when, if it ends by itself, and whether it announces in full for nobody (default: it may). */
  readonly drain:
    | { readonly reason: string; readonly until?: number | undefined; readonly neverFull?: boolean | undefined }
    | undefined;
  /** Default: as usual. */
  readonly load?: LoadState;
  /** The other sites; `silent` while there are some and none is heard, undefined where there are none. */
  readonly others: OtherSites;
}

/**
 * What is decided about a prefix, and what has to be remembered for the next decision. `unknown`: nobody can tell yet, or any more;
 * then what there is is left alone, and its lifetime runs out by itself.
 */
export interface Decided {
  readonly state: PrefixState | "unknown";
  readonly cause: string;
  /** The moment of the last change of the state, apart from a doubt that ended before anything happened. */
  readonly since: number;
  readonly next: Next | undefined;
  /** It is announced although it is down, because too few others announce it (safety 1). */
  readonly lastResort: boolean;
  /** What BIRD is to route, since when it routes anything, and how long that lives without being renewed; undefined: nothing. */
  readonly routed: { readonly state: "full" | "drained"; readonly since: number; readonly until: number } | undefined;
  readonly budget: FlapBudget;
  readonly badness: Badness;
  /** It is down, and certainly answers nobody. */
  readonly dead: boolean;
  /** Of a site that is healthy and drained: whether it stands in for others. */
  readonly takeover: Takeover | undefined;
  /** Since when it is drained to be withdrawn in a moment; undefined: it is not. */
  readonly leavingSince: number | undefined;
}

/** A prefix about which nothing was decided yet. */
export function undecided(now: number): Decided {
  return {
    state: "unknown",
    cause: "just started",
    since: now,
    next: undefined,
    lastResort: false,
    routed: undefined,
    budget: CALM_BUDGET,
    badness: 4,
    dead: false,
    takeover: undefined,
    leavingSince: undefined,
  };
}

/** A prefix that an agent which ended at a moment announced: it goes on living for a while. */
export function inherited(before: Decided, state: "full" | "drained", leftAt: number): Decided {
  return { ...before, routed: { state, since: leftAt, until: leftAt + untilDeleted(HANDED_OVER) } };
}

/** The state as others see it: while nobody can tell, what was announced still is. */
export function visible({ state, routed }: Pick<Decided, "state" | "routed">): Decided["state"] {
  return state === "unknown" ? (routed?.state ?? "unknown") : state;
}
