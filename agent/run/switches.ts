import { momentOf, wallTime, type Clock } from "../clock.ts";
import { AgentError } from "../error.ts";
import type { Tell } from "../events.ts";
import { AGENT_ITSELF, type DrainOrder, type FreezeOrder, type Order, type SavedState } from "../state/saved-state.ts";
import { moment } from "../../model/moment.ts";

/** Who asks for something and why. */
export type Request = Pick<Order, "reason" | "by">;

/** What people switch by hand: drained, frozen. */
export class Switches {
  private readonly clock: Clock;
  private readonly tell: Tell;
  private drained: DrainOrder | null;
  private frozen: FreezeOrder | null;

  constructor({ drain, freeze }: Pick<SavedState, "drain" | "freeze">, clock: Clock, tell: Tell) {
    this.clock = clock;
    this.tell = tell;
    this.drained = drain;
    this.frozen = freeze;
    if (freeze !== null) this.tellFrozen(freeze);
    if (drain?.by === AGENT_ITSELF) tell({ event: "alarm", about: "drain", problem: `drained: ${drain.reason}` });
  }

  get drain(): DrainOrder | null {
    return this.drained;
  }

  get freeze(): FreezeOrder | null {
    return this.frozen;
  }

  /** When the drain ends by itself, as a moment of the clock. */
  get drainUntil(): number | undefined {
    const until = this.drained?.until ?? null;
    return until === null ? undefined : momentOf(this.clock, until);
  }

  /**
   * Whether a drain may be asked for: there is none, or it is the same one.
   *
   * @throws AgentError with whose drain it is, and why
   */
  mustBeFree({ reason }: Request): void {
    if (this.drained === null || this.drained.reason === reason) return;
    const { by, since, until } = this.drained;
    throw new AgentError(
      `it is drained by hand already, since ${moment(since)}${until === null ? "" : ` until ${moment(until)}`}: ` +
        `${said(this.drained.reason, by)}. Give the same reason to change how long; 'undrain' ends it`,
    );
  }

  /**
   * @param lasts milliseconds; undefined: until {@link Switches.undrain}
   * @param neverFull whether it takes over from nobody
   */
  setDrain({ reason, by }: Request, lasts: number | undefined, neverFull: boolean): void {
    const now = this.clock.now();
    const until = lasts === undefined ? null : wallTime(this.clock, now + lasts);
    this.drained = { reason, by, since: wallTime(this.clock, now), until, ...(neverFull ? { neverFull } : {}) };
    this.tellCommand("drain", { reason, by });
  }

  undrain(request: Request): void {
    if (this.drained?.by === AGENT_ITSELF) this.tell({ event: "cleared", about: "drain" });
    this.drained = null;
    this.tellCommand("undrain", request);
  }

  /** @param routes what each prefix is now */
  setFreeze({ reason, by }: Request, routes: FreezeOrder["routes"]): void {
    this.frozen = { reason, by, since: wallTime(this.clock, this.clock.now()), routes };
    this.tellCommand("freeze", { reason, by });
    this.tellFrozen(this.frozen);
  }

  /** Completes a freeze that an older agent kept without its routes. */
  completeFreeze(routes: FreezeOrder["routes"]): void {
    if (this.frozen?.routes === null) this.frozen = { ...this.frozen, routes };
  }

  thaw(request: Request): void {
    this.frozen = null;
    this.tellCommand("thaw", request);
    this.tell({ event: "cleared", about: "freeze" });
  }

  /** Ends a drain whose time is over. Returns whether it did. */
  expire(): boolean {
    if (this.drainUntil === undefined || this.clock.now() < this.drainUntil) return false;
    this.undrain({ reason: "the time of the drain is over", by: null });
    return true;
  }

  /** Tells that somebody asked for something. */
  tellCommand(command: string, { reason, by }: Request): void {
    this.tell({ event: "command", command, reason: said(reason, by) });
  }

  private tellFrozen({ reason }: Order): void {
    this.tell({ event: "alarm", about: "freeze", problem: `nothing is announced or withdrawn: ${reason}` });
  }
}

function said(reason: string, by: string | null): string {
  return by === null ? reason : `${reason} (${by})`;
}
