import { join } from "node:path";
import type { AgentConfig } from "../../model/agent-config.ts";
import { PATHS } from "../../model/paths.ts";
import type { Clock } from "../clock.ts";
import { run } from "../exec.ts";
import type { Tell } from "../events.ts";
import { History } from "../history/history.ts";
import { AddressCounters } from "../metrics/address-counters.ts";
import { Metrics } from "../metrics/metrics.ts";
import { MetricsServer } from "../metrics/server.ts";
import type { Meant } from "../reconcile/differences.ts";
import { Reconciler } from "../reconcile/reconciler.ts";
import type { BirdView } from "../reconcile/view.ts";
import type { AgentReport } from "../status/report.ts";
import { eventLog } from "./event-log.ts";
import { OpenAlarms } from "./open-alarms.ts";
import { tellAll } from "./tell-all.ts";

/** Where the history is kept. */
export const HISTORY = join(PATHS.agentState, "history.jsonl");

/** The running agent, as far as those who watch it need to know it. */
export interface Observed {
  readonly clock: Clock;
  /** The configuration in use. */
  config(): AgentConfig;
  report(): AgentReport;
  /** What is wanted of each prefix. */
  wanted(): Meant["states"];
  /** Has a prefix brought about again that BIRD does not have as meant. Default: nothing. */
  retry?(prefix: string): void;
  /** Is told what BIRD has, and when it was asked. Default: nobody is. */
  onView?(view: BirdView, askedAt: number): void;
}

/** All who watch the agent: log, history, alarms, metrics, and the comparison with BIRD. None of them holds it up. */
export class Observers {
  /** Has to be told every event. */
  readonly tell: Tell;
  private readonly observed: Observed;
  private readonly openAlarms = new OpenAlarms();
  private readonly metrics: Metrics;
  private readonly server: MetricsServer;
  private reconciler: Reconciler | undefined;

  /** Listens to events at once; looks at nothing before {@link Observers.start}. */
  constructor(observed: Observed) {
    const { clock } = observed;
    this.observed = observed;
    // The history's own alarm is told to everybody.
    const history = new History(HISTORY, clock, (event) => this.tell(event));
    this.metrics = new Metrics(clock, (prefix) => this.servicesOf(prefix));
    this.tell = tellAll(
      this.openAlarms.tell,
      this.metrics.tell,
      history.tell,
      eventLog(observed.config().site, process.stdout),
    );
    const counters = new AddressCounters(run);
    const served = {
      metrics: () => this.renderMetrics(counters),
      beatAge: () => observed.report().beatAge,
    };
    this.server = new MetricsServer(served, clock, this.tell);
  }

  /** The alarms that are open, for the report. */
  alarms(): AgentReport["alarms"] {
    return this.openAlarms.list();
  }

  /** Begins to compare with BIRD and to serve metrics; the agent has to be there by now. */
  start(): void {
    const { observed } = this;
    const meant = (): Meant => {
      const { prefixes, sessions } = observed.config();
      return { prefixes, sessions, states: observed.wanted() };
    };
    this.reconciler = new Reconciler({
      clock: observed.clock,
      meant,
      tell: this.tell,
      retry: (prefix) => observed.retry?.(prefix),
      onView: (view, askedAt) => {
        this.metrics.see(view);
        observed.onView?.(view, askedAt);
      },
    });
    this.reload();
  }

  /** Has BIRD asked soon, and not only when the second is over. */
  askBird(): void {
    this.reconciler?.soon();
  }

  /** Goes on with the configuration that is in use now. */
  reload(): void {
    this.askBird();
    this.server.use(this.observed.config().metrics);
  }

  close(): void {
    this.reconciler?.close();
    this.server.close();
  }

  private servicesOf(cidr: string): readonly string[] {
    return this.observed.config().prefixes.find((prefix) => prefix.cidr === cidr)?.services ?? [];
  }

  private async renderMetrics(counters: AddressCounters): Promise<string> {
    const { observed } = this;
    const addresses = Object.values(observed.config().services).flatMap((service) => service.addresses);
    return this.metrics.render({
      report: observed.report(),
      bird: this.reconciler?.view,
      rounds: this.reconciler?.rounds ?? { same: 0, different: 0, failed: 0 },
      addresses: await counters.read(addresses),
    });
  }
}
