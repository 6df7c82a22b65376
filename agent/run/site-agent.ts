import { isDeepStrictEqual } from "node:util";
import type { AgentCheck, AgentConfig } from "../../model/agent-config.ts";
import type { AnnouncedPrefix, Announcer } from "../announcer/announcer.ts";
import type { Check } from "../check/check.ts";
import { wallTime, type Clock } from "../clock.ts";
import { decide, worst, type Decision, type ServiceVerdict } from "../decision/decide.ts";
import type { AgentReport, CheckReport } from "../status/report.ts";
import { Monitor } from "./monitor.ts";

/** Milliseconds between two renewals of what is announced: a third of a marker's lifetime. */
const RENEWAL = 1000;

/** What the agent works with. */
export interface Surroundings {
  readonly clock: Clock;
  readonly announcer: Announcer;
  readonly makeCheck: (check: AgentCheck) => Check;
  /** Told every transition with its cause. */
  readonly log: (line: string) => void;
}

type Decided = Decision & { readonly since: number };

/** Checks the services of a site and announces its prefixes while they are healthy. Starts withdrawn, but takes over what is still announced. */
export class SiteAgent {
  private config: AgentConfig;
  private readonly around: Surroundings;
  private monitors = new Map<string, readonly Monitor[]>();
  private decided = new Map<string, Decided>();
  private readonly holds = new Set<{ readonly reason: string }>();
  private cancelRenewal: () => void = () => {};

  constructor(config: AgentConfig, around: Surroundings) {
    this.config = config;
    this.around = around;
    this.monitors = this.monitorsOf(config);
    this.renew();
  }

  /** Goes on with another configuration. Checks that stay go on undisturbed. */
  reload(config: AgentConfig): void {
    const old = [...this.monitors.values()].flat();
    const left = this.config.prefixes.filter(
      (prefix) => !config.prefixes.some((kept) => isDeepStrictEqual(markers(prefix), markers(kept))),
    );
    this.config = config;
    this.monitors = this.monitorsOf(config);
    const kept = new Set([...this.monitors.values()].flat());
    for (const monitor of old) if (!kept.has(monitor)) monitor.stop();
    for (const prefix of left) {
      this.around.announcer.withdraw(prefix);
      this.decided.delete(prefix.cidr);
      this.around.log(`${prefix.cidr}: withdrawn: the new configuration has no such prefix or other markers for it`);
    }
    this.evaluate();
  }

  /** Withdraws everything and keeps it withdrawn. Returns what ends it. */
  hold(reason: string): () => void {
    const hold = { reason };
    this.holds.add(hold);
    this.evaluate();
    return () => {
      if (this.holds.delete(hold)) this.evaluate();
    };
  }

  /** Withdraws everything and ends. */
  stop(): void {
    this.cancelRenewal();
    for (const monitor of [...this.monitors.values()].flat()) monitor.stop();
    for (const prefix of this.config.prefixes) this.around.announcer.withdraw(prefix);
    this.around.announcer.close();
  }

  /** What is known and wanted now. */
  report(): Pick<AgentReport, "held" | "services" | "prefixes"> {
    return {
      held: this.held() ?? null,
      services: Object.fromEntries(
        [...this.monitors].map(([name, monitors]) => [
          name,
          { verdict: verdictOf(monitors).verdict, checks: monitors.map((monitor) => this.reportCheck(monitor)) },
        ]),
      ),
      prefixes: this.config.prefixes.map(({ cidr, family }) => {
        const { state, cause, since } = this.decided.get(cidr) ?? this.undecided();
        return { cidr, family, wanted: state, since: wallTime(this.around.clock, since), cause };
      }),
    };
  }

  /**
   * The monitors of a configuration. One that asks the same is kept as it runs: a new loop would give up the probe under
   * way and probe at once, and with every reload a dead service would be withdrawn later, or a dead one announced sooner.
   */
  private monitorsOf(config: AgentConfig): Map<string, readonly Monitor[]> {
    const { clock, makeCheck } = this.around;
    return new Map(
      Object.entries(config.services).map(([name, { checks }]) => {
        const old = new Set(this.monitors.get(name));
        const keepOrStart = (check: AgentCheck): Monitor => {
          const kept = [...old].find((monitor) => monitor.asks(check));
          if (kept === undefined) return new Monitor(check, makeCheck(check), clock, () => this.evaluate());
          old.delete(kept);
          kept.setTiming(check);
          return kept;
        };
        return [name, checks.map(keepOrStart)];
      }),
    );
  }

  /** The heartbeat: keeps alive what should be announced, as long as the checks make progress. */
  private renew(): void {
    this.evaluate();
    for (const prefix of this.config.prefixes)
      this.bringAbout(prefix, this.decided.get(prefix.cidr) ?? this.undecided());
    this.cancelRenewal = this.around.clock.setTimer(RENEWAL, () => this.renew());
  }

  private evaluate(): void {
    const verdicts = new Map([...this.monitors].map(([name, monitors]) => [name, verdictOf(monitors)]));
    for (const prefix of this.config.prefixes) {
      const before = this.decided.get(prefix.cidr) ?? this.undecided();
      const decision = decide(this.config, pick(verdicts, prefix.services), this.held());
      if (decision.state === before.state) continue;
      const since = this.around.clock.now();
      this.decided.set(prefix.cidr, { ...decision, since });
      this.bringAbout(prefix, decision);
      this.around.log(`${prefix.cidr}: ${before.state} -> ${decision.state}: ${decision.cause}`);
    }
  }

  private bringAbout(prefix: AnnouncedPrefix, { state }: Decision): void {
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

  private undecided(): Decided {
    return { state: "unknown", cause: "just started", since: this.around.clock.now() };
  }

  private held(): string | undefined {
    return this.holds.size === 0 ? undefined : [...this.holds].map(({ reason }) => reason).join(", ");
  }

  private reportCheck(monitor: Monitor): CheckReport {
    const { clock } = this.around;
    const { last, since } = monitor.health;
    return {
      check: monitor.label,
      verdict: monitor.verdict().verdict,
      since: wallTime(clock, since),
      last:
        last === undefined
          ? null
          : {
              age: Math.round(clock.now() - last.at),
              took: Math.round(last.result.took),
              cause: last.result.ok ? null : last.result.cause,
            },
    };
  }
}

function verdictOf(monitors: readonly Monitor[]): ServiceVerdict {
  return worst(monitors.map((monitor) => monitor.verdict()));
}

function pick(verdicts: ReadonlyMap<string, ServiceVerdict>, services: readonly string[]): Map<string, ServiceVerdict> {
  const unheardOf: ServiceVerdict = { verdict: "down", cause: "no such service" };
  return new Map(services.map((name) => [name, verdicts.get(name) ?? unheardOf]));
}

/** What makes a prefix the same to the announcer. */
function markers({ cidr, full, drained }: AnnouncedPrefix): readonly string[] {
  return [cidr, full.address, drained.address];
}
