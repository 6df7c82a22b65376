import { isDeepStrictEqual } from "node:util";
import type { AgentCheck, AgentService } from "../../model/agent-config.ts";
import type { ProbeResult } from "../check/check.ts";
import { inheritanceOf, takenOver, unseen, type Health, type Inheritance } from "../decision/health.ts";
import { serviceVerdict, type ServiceVerdict } from "../decision/service.ts";
import type { Tell } from "../events.ts";
import type { CheckReport, ServiceReport } from "../status/report.ts";
import type { InheritedCheck } from "../state/handover.ts";
import { wallTime } from "../clock.ts";
import { Monitor, questionOf, type MonitorSurroundings } from "./monitor.ts";

/** Milliseconds after which a stop that nothing came of is over: systemd's usual patience with a service that stops. */
const STOP_PATIENCE = 90_000;

/** What a service is watched with. */
export interface ServiceSurroundings extends MonitorSurroundings {
  readonly tell: Tell;
  /** Called when what is known of the service has changed. */
  readonly onChange: () => void;
}

/** What a check starts with. */
type Known = (check: AgentCheck) => Inheritance | undefined;

/** A service: its checks, and what they together say. */
export class ServiceMonitor {
  readonly name: string;
  private readonly around: ServiceSurroundings;
  private config: AgentService;
  private monitors: readonly Monitor[];
  /** It is being stopped, or was and has not been seen up again since. */
  private ending: "stopping" | "stopped" | undefined;
  private cancelPatience: () => void = () => {};
  /** The processes of its unit have ended, and no check has succeeded since. */
  private hasEnded = false;
  private current: ServiceVerdict;

  /** @param inherited what the agent before knew of the checks */
  constructor(name: string, config: AgentService, around: ServiceSurroundings, inherited: readonly InheritedCheck[]) {
    this.name = name;
    this.around = around;
    this.config = config;
    this.monitors = [];
    this.current = { state: "unknown", cause: "not probed yet", unanswered: true };
    const known: Known = (check) => {
      const found = inherited.find(
        ({ service, question }) => service === name && isDeepStrictEqual(question, plain(questionOf(check))),
      );
      return found?.inheritance;
    };
    this.monitors = this.monitorsOf(config, known);
  }

  get unit(): string | null {
    return this.config.unit;
  }

  /** What is known of it, as of the last change or the last {@link ServiceMonitor.refresh}. */
  get verdict(): ServiceVerdict {
    return this.current;
  }

  /**
   * Goes on with another configuration. A check that asks the same is kept as it runs: a new loop would give up the probe under
   * way and probe at once, and with every reload a dead service would be withdrawn later, or a dead one announced sooner.
   * Of a service that is up, one success of a changed check suffices.
   */
  reload(config: AgentService): void {
    const isUp = this.current.state === "up" || this.current.state === "degraded";
    const old = this.monitors;
    this.config = config;
    this.monitors = this.monitorsOf(config, () => (isUp ? { trusted: true, failures: 0, slow: false } : undefined));
    for (const monitor of old) if (!this.monitors.includes(monitor)) monitor.stop();
    this.refresh();
  }

  /** What its checks say now: some tell nothing for too long. Returns whether that changes anything. */
  refresh(): boolean {
    const before = this.current;
    const seen = serviceVerdict(
      this.monitors.map((monitor) => monitor.view()),
      this.config.quorum,
    );
    const isBack = seen.state === "up" || seen.state === "degraded" || seen.state === "settling";
    if (this.ending === "stopped" && isBack) this.ending = undefined;
    this.current = {
      ...(this.ending === undefined ? seen : stopped(this.ending)),
      unanswered: this.ending === undefined && this.monitors.some((monitor) => monitor.isUnanswered),
      dead: this.isDead(),
    };
    return (["state", "planned", "unanswered", "dead"] as const).some((key) => before[key] !== this.current[key]);
  }

  /** Its unit's processes have ended: one failure is believed at once. */
  ended(): void {
    this.hasEnded = true;
    if (this.ending === "stopping") this.hasStopped();
    for (const monitor of this.monitors) monitor.confirm();
  }

  /** Its unit is about to be stopped: from here on it is down, until it was stopped and its checks succeed anew. */
  stopping(): void {
    this.ending = "stopping";
    this.cancelPatience();
    this.cancelPatience = this.around.clock.setTimer(STOP_PATIENCE, () => this.hasStopped());
    this.changed();
  }

  /** What the next agent may know of its checks. */
  inheritance(): InheritedCheck[] {
    if (this.ending !== undefined) return [];
    return this.monitors.map((monitor) => ({
      service: this.name,
      question: monitor.question,
      inheritance: inheritanceOf(monitor.health, monitor.verdict),
    }));
  }

  close(): void {
    this.cancelPatience();
    for (const monitor of this.monitors) monitor.stop();
  }

  report(): ServiceReport {
    return { verdict: this.current.state, checks: this.monitors.map((monitor) => this.reportCheck(monitor)) };
  }

  private monitorsOf({ checks }: AgentService, known: Known): Monitor[] {
    const old = new Set(this.monitors);
    return checks.map((check) => {
      const kept = [...old].find((monitor) => monitor.asks(check));
      if (kept === undefined) return this.start(check, known(check));
      old.delete(kept);
      kept.adopt(check);
      return kept;
    });
  }

  private start(check: AgentCheck, known: Inheritance | undefined): Monitor {
    const now = this.around.clock.now();
    const health = known === undefined ? unseen(now) : takenOver(known, now);
    return new Monitor(check, health, this.around, (monitor, result, before) => this.onProbe(monitor, result, before));
  }

  private onProbe(monitor: Monitor, result: ProbeResult, before: Health): void {
    const { tell } = this.around;
    const about = { service: this.name, check: monitor.label };
    tell({ event: "probe", ...about, ok: result.ok, took: result.took });
    const { verdict } = monitor.health;
    if (verdict !== before.verdict)
      tell({ event: "verdict", ...about, from: before.verdict, to: verdict, cause: monitor.view().cause });
    if (result.ok && monitor.life === "answers") this.hasEnded = false;
    if (!result.ok) {
      if (this.ending === "stopping") this.hasStopped();
      if (before.streak >= 0) this.askWhatItDependsOn(monitor);
    }
    // With a hundred checks, to look at all of them after each probe would be most of what the agent does.
    if (this.ending !== undefined || !monitor.isAsBefore(before)) this.changed();
  }

  /** Soon it will matter whether what a failing check depends on has failed too (safety 2). */
  private askWhatItDependsOn(failing: Monitor): void {
    const view = failing.view();
    for (const monitor of this.monitors) if (monitor !== failing && monitor.isWhat(view)) monitor.probeNow();
  }

  /** What its checks saw before counts for nothing (safety 4). */
  private hasStopped(): void {
    this.ending = "stopped";
    this.cancelPatience();
    for (const monitor of this.monitors) monitor.forget();
  }

  /** Whether nobody is there who could answer: one check that succeeds says otherwise. */
  private isDead(): boolean {
    // Who is being stopped answers for half a second more.
    if (this.ending !== undefined) return true;
    const lives = this.monitors.map(({ life }) => life);
    return !lives.includes("answers") && (this.hasEnded || lives.includes("refused"));
  }

  private changed(): void {
    if (this.refresh()) this.around.onChange();
  }

  private reportCheck(monitor: Monitor): CheckReport {
    const { clock } = this.around;
    const { last, since } = monitor.health;
    return {
      check: monitor.label,
      verdict: monitor.verdict,
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

function stopped(ending: "stopping" | "stopped"): ServiceVerdict {
  return { state: "down", cause: ending === "stopping" ? "is being stopped" : "was stopped", planned: true };
}

/** As it comes back from a file. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
