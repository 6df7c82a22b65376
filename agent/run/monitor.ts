import { isDeepStrictEqual } from "node:util";
import type { AgentCheck } from "../../model/agent-config.ts";
import type { Check } from "../check/check.ts";
import { startProbeLoop } from "../check/probe-loop.ts";
import type { Clock } from "../clock.ts";
import type { ServiceVerdict } from "../decision/decide.ts";
import { observe, unseen, verdictAt, type Health } from "../decision/health.ts";

/** One check, its probe loop and what came of it so far. */
export class Monitor {
  readonly config: AgentCheck;
  readonly label: string;
  private readonly clock: Clock;
  private readonly stopLoop: () => void;
  private seen: Health;

  /**
   * Starts the loop.
   *
   * @param before what the same check has seen under another timing
   * @param onResult called after each probe
   */
  constructor(config: AgentCheck, check: Check, clock: Clock, before: Health | undefined, onResult: () => void) {
    this.config = config;
    this.label = check.label;
    this.clock = clock;
    this.seen = before ?? unseen(clock.now());
    this.stopLoop = startProbeLoop(check, config, clock, (result) => {
      this.seen = observe(this.seen, result, config, clock.now());
      onResult();
    });
  }

  get health(): Health {
    return this.seen;
  }

  /** The verdict as it may be used now, and why. */
  verdict(): ServiceVerdict {
    const verdict = verdictAt(this.seen, this.config, this.clock.now());
    return { verdict, cause: `${this.label}: ${this.cause()}` };
  }

  /** Whether this check asks the same question as a configured one, however often. */
  asks(other: AgentCheck): boolean {
    return isDeepStrictEqual(question(this.config), question(other));
  }

  stop(): void {
    this.stopLoop();
  }

  private cause(): string {
    const { last } = this.seen;
    if (last === undefined) return "not probed yet";
    return last.result.ok ? "healthy" : last.result.cause;
  }
}

function question(check: AgentCheck): Partial<AgentCheck> {
  const { every: _every, timeout: _timeout, fall: _fall, rise: _rise, ...rest } = check;
  return rest;
}
