import type { Clock } from "../clock.ts";
import type { AgentEvent } from "../events.ts";
import type { Rounds } from "../reconcile/reconciler.ts";
import type { BirdView } from "../reconcile/view.ts";
import type { AgentReport } from "../status/report.ts";
import type { AddressCount } from "./address-counters.ts";
import { causeKind } from "./cause-kind.ts";
import { SessionMetrics } from "./sessions.ts";
import { siteModes } from "./site-modes.ts";
import { Counter, family, Histogram, type Labels } from "./text-format.ts";

/** Bounds in seconds. */
const CHECK_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const WITHDRAWAL_BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** All that is asked for at a scrape. */
export interface Moment {
  readonly report: AgentReport;
  /** What BIRD had last; undefined while it cannot be asked. */
  readonly bird: BirdView | undefined;
  readonly rounds: Rounds;
  readonly addresses: readonly AddressCount[];
}

/** The agent's metrics in Prometheus' text format (version 0.0.4). */
export class Metrics {
  private readonly clock: Clock;
  private readonly servicesOf: (prefix: string) => readonly string[];
  private readonly transitions = new Counter(
    "anycast_transitions_total",
    "Changes of a prefix's state, by the new state and the kind of the cause.",
  );
  private readonly probes = new Histogram("anycast_check_duration_seconds", "How long probes took.", CHECK_BOUNDS);
  private readonly failures = new Counter("anycast_check_failures_total", "Probes that failed.");
  private readonly withdrawals = new Histogram(
    "anycast_withdrawal_seconds",
    "From the end of the first failed probe to the kernel being told to withdraw.",
    WITHDRAWAL_BOUNDS,
  );
  private readonly alarms = new Counter("anycast_alarms_total", "Alarms, by what they are about.");
  private readonly sessions: SessionMetrics;
  /** When the first of the failures in a row of a check ended, by service and check. */
  private readonly failing = new Map<string, Map<string, number>>();

  /** @param servicesOf the names of the services with an address in a prefix */
  constructor(clock: Clock, servicesOf: (prefix: string) => readonly string[]) {
    this.clock = clock;
    this.servicesOf = servicesOf;
    this.sessions = new SessionMetrics(clock);
  }

  /** Takes in what BIRD has; to be called with each of its answers. */
  see(view: BirdView): void {
    this.sessions.see(view);
  }

  readonly tell = (event: AgentEvent): void => {
    switch (event.event) {
      case "probe":
        return this.probed(event);
      case "transition":
        return this.changed(event);
      case "alarm":
        return this.alarms.add({ about: event.about });
      case "verdict":
      case "cleared":
      case "command":
      case "agent":
        return;
    }
  };

  render({ report, bird, rounds, addresses }: Moment): string {
    const { prefixes, services } = report;
    const checks = Object.entries(services).flatMap(([service, { checks: all }]) =>
      all.map(({ check, verdict }) => ({ labels: { service, check }, verdict })),
    );
    return [
      gauge("anycast_agent_info", "The agent: its site and the content hash of its bundle.", [
        [{ site: report.site, version: report.version }, 1],
      ]),
      gauge("anycast_agent_beat_age_seconds", "Time since the last renewal of what is announced.", [
        [{}, report.beatAge / 1000],
      ]),
      gauge(
        "anycast_prefix_state",
        "1 for the state that the agent wants of the prefix, 0 for the others.",
        prefixes.flatMap(({ cidr, wanted }) =>
          (["full", "drained", "withdrawn", "unknown"] as const).map(
            (state) => [{ prefix: cidr, state }, Number(wanted === state)] as const,
          ),
        ),
      ),
      gauge(
        "anycast_prefix_announced",
        "Whether an established session exports the prefix; 0 too while BIRD does not answer.",
        prefixes.map(({ cidr, announced }) => [
          { prefix: cidr },
          Number(announced === "full" || announced === "drained"),
        ]),
      ),
      gauge(
        "anycast_flap_budget_left",
        "How many withdrawals are left before announcing again is put off.",
        prefixes.map(({ cidr, budgetLeft }) => [{ prefix: cidr }, budgetLeft]),
      ),
      this.transitions.render(),
      this.withdrawals.render(),
      gauge(
        "anycast_check_up",
        "Whether the check is up; missing while that is unknown.",
        checks
          .filter(({ verdict }) => verdict !== "unknown")
          .map(({ labels, verdict }) => [labels, Number(verdict === "up")]),
      ),
      this.probes.render(),
      this.failures.render(),
      gauge("anycast_bird_up", "Whether BIRD answers on its control socket.", [[{}, Number(bird !== undefined)]]),
      this.sessions.render(report.sessions, bird),
      siteModes(report),
      family(
        "anycast_reconcile_rounds_total",
        "counter",
        "Comparisons of what is meant with what BIRD has: the same, different, or BIRD could not be asked (failed).",
        Object.entries(rounds).map(([result, count]) => [{ result }, count]),
      ),
      this.alarms.render(),
      gauge(
        "anycast_alarm",
        "1 for each alarm that is open.",
        report.alarms.map(({ about }) => [{ about }, 1]),
      ),
      gauge(
        "anycast_fleet_heard",
        "How many other sites were heard lately.",
        report.fleet === null ? [] : [[{}, report.fleet.heard]],
      ),
      family(
        "anycast_address_packets_total",
        "counter",
        "Packets to the address, taken or not, since the firewall was loaded.",
        addresses.map(({ address, packets }) => [{ address }, packets]),
      ),
      family(
        "anycast_address_bytes_total",
        "counter",
        "Octets to the address, taken or not, since the firewall was loaded.",
        addresses.map(({ address, bytes }) => [{ address }, bytes]),
      ),
      ...ofProcess(),
    ].join("");
  }

  private probed({ service, check, ok, took }: Extract<AgentEvent, { event: "probe" }>): void {
    const labels: Labels = { service, check };
    this.probes.observe(labels, took / 1000);
    const failing = this.failing.get(service) ?? new Map<string, number>();
    this.failing.set(service, failing);
    if (ok) failing.delete(check);
    else {
      this.failures.add(labels);
      if (!failing.has(check)) failing.set(check, this.clock.now());
    }
  }

  private changed({ prefix, from, to, cause }: Extract<AgentEvent, { event: "transition" }>): void {
    const kind = causeKind(cause);
    this.transitions.add({ prefix, to, kind });
    if (to !== "withdrawn" || from === "unknown" || kind !== "health") return;
    const moments = this.servicesOf(prefix).flatMap((service) => [...(this.failing.get(service)?.values() ?? [])]);
    if (moments.length > 0) this.withdrawals.observe({}, (this.clock.now() - Math.min(...moments)) / 1000);
  }
}

function gauge(name: string, help: string, samples: readonly (readonly [labels: Labels, value: number])[]): string {
  return family(name, "gauge", help, samples);
}

/** What Prometheus' clients tell of every process. */
function ofProcess(): string[] {
  const { user, system } = process.cpuUsage();
  const started = Math.round((Date.now() / 1000 - process.uptime()) * 100) / 100;
  return [
    family("process_cpu_seconds_total", "counter", "Processor time of the agent.", [[{}, (user + system) / 1e6]]),
    gauge("process_resident_memory_bytes", "Resident memory of the agent.", [[{}, process.memoryUsage.rss()]]),
    gauge("process_start_time_seconds", "When the agent started, in Unix time.", [[{}, started]]),
  ];
}
