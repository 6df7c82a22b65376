import { isDeepStrictEqual } from "node:util";
import type { AgentCheck } from "../../model/agent-config.ts";
import type { Check, ProbeResult } from "../check/check.ts";
import { timingOf } from "../check/peer.ts";
import { ProbeLoop } from "../check/probe-loop.ts";
import type { Clock } from "../clock.ts";
import { observe, unseen, verdictAt, type Health, type Verdict } from "../decision/health.ts";
import type { CheckView } from "../decision/service.ts";

/** What a monitor works with. */
export interface MonitorSurroundings {
  readonly clock: Clock;
  readonly makeCheck: (check: AgentCheck) => Check;
  /** From 0 to 1, for the jitter of the probes. */
  readonly random: () => number;
}

/** Is told of each probe: the result, and the verdict before it. */
export type OnProbe = (monitor: Monitor, result: ProbeResult, before: Health) => void;

/** One check, its probe loop and what came of it so far. */
export class Monitor {
  readonly label: string;
  private readonly clock: Clock;
  private readonly loop: ProbeLoop;
  private config: AgentCheck;
  private seen: Health;
  /** The probe under way was made because the service is said to have ended. */
  private confirms = false;

  /**
   * Starts the loop.
   *
   * @param health what is known already
   */
  constructor(config: AgentCheck, health: Health, { clock, makeCheck, random }: MonitorSurroundings, onProbe: OnProbe) {
    const check = makeCheck(config);
    this.config = config;
    this.label = check.label;
    this.clock = clock;
    this.seen = health;
    const onResult = (result: ProbeResult): void => {
      const before = this.seen;
      this.seen = observe(before, result, timingOf(this.config), clock.now(), this.confirms);
      this.confirms = false;
      onProbe(this, result, before);
    };
    this.loop = new ProbeLoop(check, timingOf(config), clock, onResult, random);
  }

  get health(): Health {
    return this.seen;
  }

  get verdict(): Verdict {
    return verdictAt(this.seen, timingOf(this.config), this.clock.now());
  }

  /** Whether it is the site's own and has not told anything yet. */
  get isUnanswered(): boolean {
    return this.config.from === "host" && this.seen.last === undefined;
  }

  /** What its last probe says of the service's life: nobody listens, somebody answers, or nothing. */
  get life(): "refused" | "answers" | undefined {
    const { last } = this.seen;
    if (this.config.from !== "host" || this.config.scope !== "site" || last === undefined) return undefined;
    return last.result.ok ? "answers" : last.result.refused === true ? "refused" : undefined;
  }

  view(): CheckView {
    const { id, scope, weight, dependsOn, from } = this.config;
    const { last, slow } = this.seen;
    return {
      label: this.label,
      id,
      scope,
      weight,
      dependsOn,
      slow,
      mayBeSilent: from === "peer",
      verdict: this.verdict,
      failing: last?.result.ok === false,
      cause: this.cause(),
    };
  }

  /** Whether the last probe found what was known before it: then nobody has to decide anew. */
  isAsBefore(before: Health): boolean {
    const { last, slow, verdict } = this.seen;
    if (last === undefined) return false;
    const known = verdictAt(before, timingOf(this.config), last.at);
    return last.result.ok && before.last?.result.ok === true && known === verdict && before.slow === slow;
  }

  /** What it asks, apart from when and what for: the same for two checks that can take each other's place. */
  get question(): Question {
    return questionOf(this.config);
  }

  /** Whether this check asks the same question as a configured one, however often. */
  asks(other: AgentCheck): boolean {
    return isDeepStrictEqual(this.question, questionOf(other));
  }

  /** Goes on with another timing, or the same. What was seen and the probe under way stay. */
  adopt(config: AgentCheck): void {
    this.config = config;
    this.loop.setPace(timingOf(config));
  }

  /**
   * Probes at once, as the service is said to have ended: a failure is believed whatever `fall` says. Not that of one other site, which may
   * say nothing now and something else later.
   */
  confirm(): void {
    this.confirms = this.config.from === "host";
    this.loop.probeNow();
  }

  /** Probes at once, in the ordinary way. */
  probeNow(): void {
    this.loop.probeNow();
  }

  /** Whether it is one that a check depends on. */
  isWhat({ dependsOn }: CheckView): boolean {
    return this.config.id !== undefined && dependsOn.includes(this.config.id);
  }

  /** Forgets all it saw: as many successes as ever are needed. */
  forget(): void {
    this.seen = unseen(this.clock.now());
  }

  stop(): void {
    this.loop.stop();
  }

  private cause(): string {
    const { last } = this.seen;
    if (last === undefined) return this.config.from === "host" ? "not probed yet" : "no other site has answered yet";
    if (!last.result.ok) return last.result.cause;
    return this.verdict === "unknown" ? "too few successes in a row yet" : "healthy";
  }
}

/** A check without its timing and its place among the others. */
export type Question = Partial<AgentCheck>;

/** What a configured check asks. */
export function questionOf(check: AgentCheck): Question {
  const { every: _every, timeout: _timeout, fall: _fall, rise: _rise, slow: _slow, ...placed } = check;
  const { id: _id, scope: _scope, weight: _weight, dependsOn: _dependsOn, ...question } = placed;
  return question;
}
