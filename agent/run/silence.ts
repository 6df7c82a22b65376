import type { Clock } from "../clock.ts";
import type { Tell } from "../events.ts";
import type { Others } from "./others.ts";

/** Milliseconds of silence until it is an alarm: an agent that starts hears others within two seconds. */
const ALARM_AFTER_MS = 5000;

/** Milliseconds after the start for which others may just not be heard yet. */
const START_MS = 10_000;

const ABOUT = "silence";
const PROBLEM =
  "no other site is heard: what is announced stays, also when its service fails, and nothing is drained or withdrawn without a permit. " +
  "Look at the agents of the other sites, and at UDP between them";

/** Notices that other sites should be heard and none is, and raises an alarm. */
export class Silence {
  private readonly clock: Clock;
  private readonly tell: Tell;
  private readonly startedAt: number;
  private since: number | undefined;
  private told = false;

  constructor(clock: Clock, tell: Tell) {
    this.clock = clock;
    this.tell = tell;
    this.startedAt = clock.now();
  }

  /** Whether waiting may help: the agent started a moment ago. */
  get mayEnd(): boolean {
    return this.clock.now() - this.startedAt < START_MS;
  }

  /** Takes in whether others are heard; to be called every second. */
  update(others: Others): void {
    const now = this.clock.now();
    this.since = others === "silent" ? (this.since ?? now) : undefined;
    if (this.since === undefined) {
      if (this.told) this.tell({ event: "cleared", about: ABOUT });
      this.told = false;
    } else if (!this.told && now - this.since >= ALARM_AFTER_MS) {
      this.told = true;
      this.tell({ event: "alarm", about: ABOUT, problem: PROBLEM });
    }
  }
}
