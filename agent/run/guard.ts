import type { AgentConfig } from "../../model/agent-config.ts";
import type { Clock } from "../clock.ts";
import type { HeldState, HoldTerms } from "../control/protocol.ts";
import { AgentError, LastingError } from "../error.ts";
import type { Tell } from "../events.ts";
import type { Claim, FleetView } from "../fleet/fleet.ts";
import { Claims, type Objection } from "./claims.ts";
import { fallingBelow, Holds, lastInFull, noneInFull, tooFewOthers, type Held } from "./holds.ts";
import { NOBODY, NOBODY_HEARD, type Others } from "./others.ts";
import { Permits } from "./permits.ts";
import type { Request } from "./switches.ts";

/** What the guard looks at, and whom it tells. */
export interface GuardParts {
  readonly clock: Clock;
  readonly tell: Tell;
  readonly config: () => AgentConfig;
  readonly others: () => Others;
  /** Whether others that are not heard may be heard soon. */
  readonly silenceMayEnd: () => boolean;
  /** Whether a neighbor may have a prefix. */
  readonly isAnnounced: (cidr: string) => boolean;
  /** What the other sites are told is another claim. */
  readonly onClaim: () => void;
  /** What is held has changed. */
  readonly onHold: () => void;
}

/** How a hold is asked for. */
export interface HoldRequest extends HoldTerms {
  readonly reason: string;
  readonly state: HeldState;
  /** Whether a person holds it, and no apply. Default false. */
  readonly byHand?: boolean;
}

/** Lets nobody take away what too few other sites have: applies, sites that go, people who drain (safety 1, 10). */
export class Guard {
  private readonly parts: GuardParts;
  private readonly holds = new Holds();
  private readonly permits: Permits;
  private readonly claims: Claims;

  constructor(parts: GuardParts) {
    this.parts = parts;
    this.permits = new Permits(parts.clock, parts.tell);
    this.claims = new Claims({
      clock: parts.clock,
      asksBefore: (others) => parts.config().prefixes.some(({ cidr }) => others.prefix(cidr).asksBefore),
      refusal: (problem, others) => this.refusal(problem, others),
      onChange: parts.onClaim,
    });
  }

  /** What is held now. */
  get held(): Held | undefined {
    return this.holds.current;
  }

  /** Why applies hold everything; undefined when none does. */
  get heldByApplies(): string | undefined {
    return this.holds.applies;
  }

  /** What the other sites are told. */
  get claim(): Claim {
    return this.claims.of(this.held !== undefined && this.held.drains !== true);
  }

  /**
   * Withdraws everything, or drains it first, and keeps it so. Returns what ends it.
   *
   * @throws AgentError when too few other sites would announce a prefix (safety 1), or nobody can tell, and nobody permitted that
   */
  async hold(request: HoldRequest): Promise<() => void> {
    const { reason, state, force = false, goes = false, drains = false, byHand = false } = request;
    if (drains) return this.holdDrained(reason, force);
    const { tell, config, onHold } = this.parts;
    const before = this.held;
    // What an apply holds comes back when it is done; what a person holds does not.
    const isAnnounced = (cidr: string): boolean => this.parts.isAnnounced(cidr) || (byHand && before !== undefined);
    const objection: Objection = (others, asking) =>
      tooFewOthers(config(), (cidr) => isAnnounced(cidr) && !this.permits.covers(cidr), others, asking);
    // The others have agreed to a hold that there is; but since it drained, more of them may have gone.
    const isMore = before?.state === "drained" && state === "withdrawn";
    if (!force && (isMore || goes)) this.refuse(objection, goes);
    let end: (() => boolean) | undefined;
    const take = (): void => {
      const others = this.view(goes);
      if (!force && others !== undefined) {
        // The last of the others may have fallen silent while they were asked.
        if (goes) this.refuse(objection, goes);
        this.permits.use(
          fallingBelow(config(), (cidr) => isAnnounced(cidr) && this.permits.covers(cidr), others, false),
        );
      }
      if (!byHand) tell({ event: "command", command: state === "drained" ? "hold drained" : "hold", reason });
      end = this.holds.add({ reason, state, byHand });
      onHold();
    };
    const isAgreed = before !== undefined && before.drains !== true && !byHand;
    if (force || isAgreed || !config().prefixes.some(({ cidr }) => isAnnounced(cidr))) take();
    else await this.claims.ask(() => this.view(goes), objection, take);
    return this.release(() => end?.() === true, { reason, byHand });
  }

  /** Keeps the site drained until its configuration does; asked for as a drain by hand is. */
  private async holdDrained(reason: string, force: boolean): Promise<() => void> {
    let end: (() => boolean) | undefined;
    const take = (): void => {
      this.parts.tell({ event: "command", command: "hold drained", reason });
      end = this.holds.add({ reason, state: "drained", drains: true });
      this.parts.onHold();
    };
    if (force) take();
    else await this.drain(take);
    return this.release(() => end?.() === true, { reason });
  }

  /** Holds what was withdrawn by hand before a restart, which takes nothing away. Returns what ends it. */
  resume(reason: string): () => void {
    const end = this.holds.add({ reason, state: "withdrawn", byHand: true });
    return this.release(end, { reason, byHand: true });
  }

  private release(end: () => boolean, { reason, byHand }: Pick<Held, "reason" | "byHand">): () => void {
    return () => {
      if (!end()) return;
      if (this.held === undefined) this.permits.endUse();
      if (byHand !== true) this.parts.tell({ event: "command", command: "release", reason });
      this.parts.onHold();
    };
  }

  /**
   * Has a drain done when another site announces each prefix in full, or a person permitted to do without.
   *
   * @throws AgentError when none does, or nobody can tell
   */
  async drain(take: () => void): Promise<void> {
    const { config, isAnnounced } = this.parts;
    const isMissed = (cidr: string): boolean => isAnnounced(cidr) || this.held !== undefined;
    const objection: Objection = (others, asking) =>
      noneInFull(config(), (cidr) => isMissed(cidr) && !this.permits.covers(cidr), others, asking);
    const others = (): FleetView | undefined => this.view(false);
    await this.claims.ask(others, objection, () => {
      take();
      const known = others();
      if (known === undefined) return;
      this.permits.spend(lastInFull(config(), isMissed, known, false));
    });
  }

  /**
   * Has the site withdrawn for load when enough others stay, and no other is withdrawn for load or asks before (safety 14).
   *
   * @throws AgentError when that is not so, or nobody can tell
   */
  async shed(take: () => void): Promise<void> {
    const { config, isAnnounced } = this.parts;
    const objection: Objection = (others, asking) => {
      const views = config().prefixes.map(({ cidr }) => others.prefix(cidr));
      if (views.some((view) => view.sheds || (!asking && view.asksBefore))) return "another site is withdrawn for load";
      return tooFewOthers(config(), isAnnounced, others, asking);
    };
    await this.claims.ask(() => this.view(false), objection, take);
  }

  /**
   * Permits the next hold or drain that needs it to take a prefix below the floor.
   *
   * @throws AgentError when the site has no such prefix
   */
  allowBelowFloor(cidr: string, request: Request): void {
    const cidrs = this.parts.config().prefixes.map((prefix) => prefix.cidr);
    if (!cidrs.includes(cidr))
      throw new AgentError(`there is no prefix ${cidr} at this site: there are ${cidrs.join(", ")}`);
    this.permits.add(cidr, request);
  }

  /** @throws AgentError with the objection, if there is one */
  private refuse(objection: Objection, goes: boolean): void {
    const others = this.view(goes);
    const problem = others && objection(others, true);
    if (others !== undefined && problem !== undefined) throw this.refusal(problem, others);
  }

  /** While nobody is heard, only a person changes that, but for the first moments of an agent. */
  private refusal(problem: string, others: FleetView): AgentError {
    const isLasting = others.heard === 0 && !(others.expected && this.parts.silenceMayEnd());
    return isLasting ? new LastingError(problem) : new AgentError(problem);
  }

  /** The other sites; undefined where there are none that anybody has to ask. Who goes needs others in any case. */
  private view(goes: boolean): FleetView | undefined {
    const others = this.parts.others();
    if (others === "none") return goes ? NOBODY : undefined;
    return others === "silent" ? NOBODY_HEARD : others;
  }
}
