import { wallTime, type Clock } from "../clock.ts";
import type { Tell } from "../events.ts";
import type { DrainOrder, FreezeOrder, Order, SavedState, TimedOrder } from "../state/saved-state.ts";
import { TimedSwitch } from "./timed-switch.ts";

/** Who asks for something and why. */
export type Request = Pick<Order, "reason" | "by">;

const DRAIN = { about: "drain", state: "drained", undo: "undrain" } as const;
const WITHDRAWAL = { about: "withdrawal", state: "withdrawn", undo: "announce" } as const;

/** Milliseconds after which the time that is left of an order is kept anew. */
const KEEP_MS = 60_000;

/** What people switch by hand: drained, withdrawn, frozen. */
export class Switches {
  private readonly clock: Clock;
  private readonly tell: Tell;
  private readonly drained: TimedSwitch<DrainOrder>;
  private readonly withdrawn: TimedSwitch<TimedOrder>;
  private frozen: FreezeOrder | null;
  private keptAt: number;

  constructor(saved: Pick<SavedState, "drain" | "withdrawal" | "freeze">, clock: Clock, tell: Tell) {
    this.clock = clock;
    this.tell = tell;
    this.drained = new TimedSwitch(saved.drain, DRAIN, clock, tell);
    this.withdrawn = new TimedSwitch(saved.withdrawal, WITHDRAWAL, clock, tell);
    this.frozen = saved.freeze;
    this.keptAt = clock.now();
    if (saved.freeze !== null) this.tellFrozen(saved.freeze);
  }

  get drain(): DrainOrder | null {
    return this.drained.current;
  }

  /** When the drain ends by itself, as a moment of the clock. */
  get drainUntil(): number | undefined {
    return this.drained.endsAt;
  }

  get withdrawal(): TimedOrder | null {
    return this.withdrawn.current;
  }

  get freeze(): FreezeOrder | null {
    return this.frozen;
  }

  /**
   * Whether a drain may be asked for: there is none, or it is the same one.
   *
   * @throws AgentError with whose drain it is, and why
   */
  mustBeFree(request: Request): void {
    this.drained.mustBeFree(request);
  }

  /** The same of a withdrawal. */
  mustNotBeWithdrawn(request: Request): void {
    this.withdrawn.mustBeFree(request);
  }

  /**
   * @param lasts milliseconds; undefined: until {@link Switches.undrain}
   * @param neverFull whether it takes over from nobody
   */
  setDrain({ reason, by }: Request, lasts: number | undefined, neverFull: boolean): void {
    this.drained.set({ reason, by, ...(neverFull ? { neverFull } : {}) }, lasts);
    this.tellCommand("drain", { reason, by });
  }

  undrain(request: Request): void {
    this.drained.clear();
    this.tellCommand("undrain", request);
  }

  /** @param lasts milliseconds; undefined: until {@link Switches.announce} */
  setWithdrawal({ reason, by }: Request, lasts: number | undefined): void {
    this.withdrawn.set({ reason, by }, lasts);
    this.tellCommand("withdraw", { reason, by });
  }

  announce(request: Request): void {
    this.withdrawn.clear();
    this.tellCommand("announce", request);
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

  /** Whether the time of the withdrawal is over. */
  get isWithdrawalOver(): boolean {
    return this.withdrawn.isOver;
  }

  /** Ends a drain whose time is over, and raises the alarm of what was forgotten. Returns whether anything has to be kept. */
  tick(): boolean {
    this.drained.watch();
    this.withdrawn.watch();
    const isOver = this.drained.isOver;
    if (isOver) this.undrain({ reason: "the time of the drain is over", by: null });
    const isTimed = this.drained.endsAt !== undefined || this.withdrawn.endsAt !== undefined;
    if (!isOver && (!isTimed || this.clock.now() - this.keptAt < KEEP_MS)) return false;
    this.keptAt = this.clock.now();
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
