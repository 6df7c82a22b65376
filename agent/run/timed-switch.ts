import { moment } from "../../model/moment.ts";
import { momentOf, wallTime, type Clock } from "../clock.ts";
import { AgentError } from "../error.ts";
import type { Tell } from "../events.ts";
import { AGENT_ITSELF, type Order, type TimedOrder } from "../state/saved-state.ts";

/** Milliseconds after which an order that does not end by itself is an alarm: somebody may have forgotten it. */
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;

/** What a switch is called. */
export interface SwitchWords {
  /** What alarms about it are about. */
  readonly about: string;
  /** What a site is by it, as in `drained`. */
  readonly state: string;
  /** The command that ends it. */
  readonly undo: string;
}

/**
 * What a person switches on until it is taken back or its time is over. The time that is left is counted by the time that passes: a wall
 * clock that is wrong at boot, or is set meanwhile, ends nothing. While the host is off, no time passes.
 */
export class TimedSwitch<Ordered extends TimedOrder> {
  private readonly words: SwitchWords;
  private readonly clock: Clock;
  private readonly tell: Tell;
  private order: Ordered | null;
  /** When it ends by itself, as a moment of the clock. */
  private end: number | undefined;
  private told = false;

  /** @param saved what was on before this start */
  constructor(saved: Ordered | null, words: SwitchWords, clock: Clock, tell: Tell) {
    this.words = words;
    this.clock = clock;
    this.tell = tell;
    this.order = saved;
    const left = saved === null ? undefined : leftOf(saved, clock);
    this.end = left === undefined ? undefined : clock.now() + left;
    if (saved?.by === AGENT_ITSELF) this.alarm(`${words.state}: ${saved.reason}`);
  }

  /** What is on, with its end as the wall clock is now; null when it is off. */
  get current(): Ordered | null {
    if (this.order === null || this.end === undefined) return this.order;
    const left = Math.max(0, this.end - this.clock.now());
    return { ...this.order, until: wallTime(this.clock, this.end), left };
  }

  /** When it ends by itself, as a moment of the clock; undefined when it does not. */
  get endsAt(): number | undefined {
    return this.end;
  }

  get isOver(): boolean {
    return this.end !== undefined && this.clock.now() >= this.end;
  }

  /**
   * Whether it may be asked for: it is off, or it is the same one.
   *
   * @throws AgentError with whose it is, and why
   */
  mustBeFree({ reason }: Pick<Order, "reason">): void {
    const { current, words } = this;
    if (current === null || current.reason === reason) return;
    const { by, since, until } = current;
    throw new AgentError(
      `it is ${words.state} by hand already, since ${moment(since)}${until === null ? "" : ` until ${moment(until)}`}: ` +
        `${current.reason}${by === null ? "" : ` (${by})`}. Give the same reason to change how long; '${words.undo}' ends it`,
    );
  }

  /** @param lasts milliseconds; undefined: until {@link TimedSwitch.clear} */
  set(order: Omit<Ordered, "since" | "until" | "left">, lasts: number | undefined): void {
    this.clearAlarm();
    const now = this.clock.now();
    this.end = lasts === undefined ? undefined : now + lasts;
    this.order = { ...order, since: wallTime(this.clock, now), until: null } as unknown as Ordered;
  }

  clear(): void {
    this.clearAlarm();
    this.order = null;
    this.end = undefined;
  }

  /** Raises an alarm once it has been on for a day and has no end. To be called every now and then. */
  watch(): void {
    const { order, clock, words } = this;
    if (this.told || order === null || this.end !== undefined) return;
    if (clock.now() - momentOf(clock, order.since) < FORGOTTEN_AFTER_MS) return;
    this.alarm(`${words.state} by hand since ${moment(order.since)}: ${order.reason}. '${words.undo}' ends it`);
  }

  private alarm(problem: string): void {
    this.told = true;
    this.tell({ event: "alarm", about: this.words.about, problem });
  }

  private clearAlarm(): void {
    if (this.told) this.tell({ event: "cleared", about: this.words.about });
    this.told = false;
  }
}

/** Milliseconds that are left of an order; undefined when it has no end. An older agent told the end alone: that is believed within its whole time. */
function leftOf({ since, until, left }: TimedOrder, clock: Clock): number | undefined {
  if (until === null) return undefined;
  const whole = Math.max(0, Date.parse(until) - Date.parse(since));
  if (left !== undefined) return left;
  const byWall = Date.parse(until) - clock.wall();
  return byWall > 0 && byWall <= whole ? byWall : whole;
}
