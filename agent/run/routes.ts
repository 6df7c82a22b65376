import { isDeepStrictEqual } from "node:util";
import type { AgentConfig, PrefixState } from "../../model/agent-config.ts";
import type { Announcements } from "../announced/announced.ts";
import type { AnnouncedPrefix, Announcer } from "../announcer/announcer.ts";
import type { Clock } from "../clock.ts";
import { decide } from "../decision/decide.ts";
import { undecided, visible, type Decided, type Situation } from "../decision/decided.ts";
import { CALM_BUDGET } from "../decision/flap-budget.ts";
import { HESITATION_MS } from "../decision/last-resort.ts";
import type { Tell } from "../events.ts";
import type { Claim, OwnState } from "../fleet/fleet.ts";
import type { Handover } from "../state/handover.ts";
import { remembered, savedPrefix } from "../state/prefix-memory.ts";
import type { SavedState } from "../state/saved-state.ts";
import { mayBeAnnounced, ownState } from "./own-state.ts";
import { tellTransition } from "./transitions.ts";

/** What routes are brought about with. */
export interface RouteSurroundings {
  readonly clock: Clock;
  readonly announcer: Announcer;
  readonly announcements: Announcements;
  readonly tell: Tell;
}

/** What is decided about each prefix, and brought about. */
export class Routes {
  private readonly around: RouteSurroundings;
  private prefixes: AgentConfig["prefixes"];
  private readonly decided = new Map<string, Decided>();

  /**
   * @param saved what is kept of each prefix
   * @param handover what the agent before left
   */
  constructor(
    prefixes: AgentConfig["prefixes"],
    around: RouteSurroundings,
    saved: SavedState["prefixes"],
    handover: Handover | undefined,
  ) {
    this.around = around;
    this.prefixes = prefixes;
    for (const { cidr } of prefixes) this.decided.set(cidr, remembered(cidr, saved[cidr], handover, around.clock));
  }

  /** What is decided about a prefix of the configuration. */
  of(cidr: string): Decided {
    return this.decided.get(cidr) ?? undecided(this.around.clock.now());
  }

  /** Withdraws what another configuration does not have, or has other markers for. */
  reload(prefixes: AgentConfig["prefixes"]): void {
    const { announcer, clock, tell } = this.around;
    const kept = prefixes.map(markers);
    const dropped = this.prefixes.filter((prefix) => !kept.some((other) => isDeepStrictEqual(other, markers(prefix))));
    this.prefixes = prefixes;
    for (const prefix of dropped) {
      const before = this.of(prefix.cidr);
      const cause = "the new configuration has no such prefix or other markers for it";
      announcer.withdraw(prefix);
      tellTransition(tell, prefix.cidr, before, { ...undecided(clock.now()), state: "withdrawn", cause }, clock.now());
      this.decided.set(prefix.cidr, { ...undecided(clock.now()), budget: before.budget });
    }
    const named = new Set(prefixes.map(({ cidr }) => cidr));
    for (const cidr of this.decided.keys()) if (!named.has(cidr)) this.decided.delete(cidr);
  }

  /** Decides anew about prefixes of the configuration, and brings about what changed. Returns whether anything did that has to be kept. */
  decide(prefixes: readonly AnnouncedPrefix[], situationOf: (prefix: AnnouncedPrefix) => Situation): boolean {
    const now = this.around.clock.now();
    let isToBeKept = false;
    let isChanged = false;
    for (const prefix of prefixes) {
      const before = this.of(prefix.cidr);
      const after = decide(before, situationOf(prefix), now);
      this.decided.set(prefix.cidr, after);
      if (after.state !== before.state) {
        this.bringAbout(prefix, after);
        isChanged = true;
      }
      tellTransition(this.around.tell, prefix.cidr, before, after, now);
      isToBeKept ||= (after.routed === undefined) !== (before.routed === undefined) || after.budget !== before.budget;
    }
    if (isChanged) this.around.announcements.refresh();
    return isToBeKept;
  }

  /** When a prefix has to be decided about anew at the latest, as a moment of the clock; undefined: with the next beat. */
  get wakesAt(): number | undefined {
    const moments = [...this.decided.values()].flatMap(({ leavingSince }) => leavingSince ?? []);
    return moments.length === 0 ? undefined : Math.min(...moments) + HESITATION_MS;
  }

  /** Keeps alive what is announced: all, or one prefix. */
  renew(only?: string): void {
    for (const prefix of this.prefixes)
      if (only === undefined || prefix.cidr === only) this.bringAbout(prefix, this.of(prefix.cidr));
  }

  withdrawAll(): void {
    for (const prefix of this.prefixes) this.around.announcer.withdraw(prefix);
  }

  /** Forgets the withdrawals that the flap budget counts. */
  forgetFlaps(): void {
    for (const [cidr, decided] of this.decided) this.decided.set(cidr, { ...decided, budget: CALM_BUDGET });
  }

  /** What other sites are told. */
  own(claim: Claim): Map<string, OwnState> {
    const { announcements } = this.around;
    return new Map(
      this.prefixes.map((prefix) => [prefix.cidr, ownState(this.of(prefix.cidr), announcements.of(prefix), claim)]),
    );
  }

  /** Whether a neighbor may have a prefix of the configuration. */
  mayBeAnnounced(prefix: AnnouncedPrefix): boolean {
    return mayBeAnnounced(this.of(prefix.cidr), this.around.announcements.of(prefix));
  }

  /** What each prefix is for others; without those of which nobody can tell. */
  states(): Record<string, PrefixState> {
    return Object.fromEntries(
      [...this.decided].flatMap(([cidr, decided]) => {
        const state = visible(decided);
        return state === "unknown" ? [] : [[cidr, state]];
      }),
    );
  }

  /** What outlives the agent. */
  saved(): SavedState["prefixes"] {
    return Object.fromEntries(
      [...this.decided].map(([cidr, decided]) => [cidr, savedPrefix(decided, this.around.clock)]),
    );
  }

  /** What the next agent should know if it comes at once. */
  handOver(): Handover["prefixes"] {
    return Object.fromEntries(
      [...this.decided].flatMap(([cidr, { routed, lastResort }]) =>
        routed === undefined ? [] : [[cidr, { state: routed.state, lastResort }]],
      ),
    );
  }

  private bringAbout(prefix: AnnouncedPrefix, { state }: Decided): void {
    switch (state) {
      case "full":
      case "drained":
        return this.around.announcer.announce(prefix, state);
      case "withdrawn":
        return this.around.announcer.withdraw(prefix);
      case "unknown":
        return;
    }
  }
}

/** What makes a prefix the same to the announcer. */
function markers({ cidr, full, drained }: AnnouncedPrefix): readonly string[] {
  return [cidr, full.address, drained.address];
}
