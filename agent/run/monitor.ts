import { isDeepStrictEqual } from "node:util";
import type { AgentCheck } from "../../model/agent-config.ts";
import type { Check } from "../check/check.ts";
import { ProbeLoop } from "../check/probe-loop.ts";
import type { Clock } from "../clock.ts";
import type { ServiceVerdict } from "../decision/decide.ts";
import { observe, unseen, verdictAt, type Health, type Timing } from "../decision/health.ts";

/** One check, its probe loop and what came of it so far. */
export class Monitor {
  readonly label: string;
  private readonly clock: Clock;
  private readonly loop: ProbeLoop;
  private readonly question: Question;
  private timing: Timing;
  private seen: Health;

  /**
   * Starts the loop.
   *
   * @param onResult called after each probe
   */
  constructor(config: AgentCheck, check: Check, clock: Clock, onResult: () => void) {
    this.question = questionOf(config);
    this.timing = config;
    this.label = check.label;
    this.clock = clock;
    this.seen = unseen(clock.now());
    this.loop = new ProbeLoop(check, config, clock, (result) => {
      this.seen = observe(this.seen, result, this.timing, clock.now());
      onResult();
    });
  }

  get health(): Health {
    return this.seen;
  }

  /** The verdict as it may be used now, and why. */
  verdict(): ServiceVerdict {
    const verdict = verdictAt(this.seen, this.timing, this.clock.now());
    return { verdict, cause: `${this.label}: ${this.cause()}` };
  }

  /** Whether this check asks the same question as a configured one, however often. */
  asks(other: AgentCheck): boolean {
    return isDeepStrictEqual(this.question, questionOf(other));
  }

  /** Goes on with another timing, or the same. What was seen and the probe under way stay. */
  setTiming(timing: Timing): void {
    this.timing = timing;
    this.loop.setPace(timing);
  }

  stop(): void {
    this.loop.stop();
  }

  private cause(): string {
    const { last } = this.seen;
    if (last === undefined) return "not probed yet";
    return last.result.ok ? "healthy" : last.result.cause;
  }
}

/** A check without its timing. */
type Question = Partial<AgentCheck>;

function questionOf(check: AgentCheck): Question {
  const { every: _every, timeout: _timeout, fall: _fall, rise: _rise, ...rest } = check;
  return rest;
}
