import type { AgentConfig } from "../../model/agent-config.ts";
import { Afterwards } from "../afterwards.ts";
import type { AnnouncedPrefix } from "../announcer/announcer.ts";
import type { Decided, Situation } from "../decision/decide.ts";
import type { ServiceVerdict } from "../decision/service.ts";
import type { HeldState } from "../control/protocol.ts";
import { AgentError, LastingError } from "../error.ts";
import { NOTHING_KNOWN, type Fleet, type FleetView, type PrefixView } from "../fleet/fleet.ts";
import { isFresh, type Handover } from "../state/handover.ts";
import type { StateStore } from "../state/state-file.ts";
import type { AgentReport } from "../status/report.ts";
import { Claims } from "./claims.ts";
import { fallingBelow, Holds, noneInFull, tooFewOthers } from "./holds.ts";
import type { MonitorSurroundings } from "./monitor.ts";
import { Permits } from "./permits.ts";
import { reportPrefix } from "./prefix-report.ts";
import { Routes, type RouteSurroundings } from "./routes.ts";
import { ServiceMonitor } from "./service-monitor.ts";
import { Switches, type Request } from "./switches.ts";

/** Milliseconds between two renewals of what is announced: a third of a marker's lifetime. */
const RENEWAL = 1000;

/** What the agent works with. */
export interface Surroundings extends MonitorSurroundings, RouteSurroundings {
  readonly store: StateStore;
  /** What the agent before left, if it ended well; undefined: it died, or there was none. */
  readonly handover: Handover | undefined;
  /** The other sites; undefined without heartbeats. */
  readonly fleet: Fleet | undefined;
  /** Called with each renewal: the loop makes progress. */
  readonly onBeat: () => void;
}

/** What the agent itself knows of what it reports. */
export type SiteReport = Pick<AgentReport, "held" | "state" | "drain" | "freeze" | "services" | "prefixes" | "beatAge">;

/** Checks the services of a site and announces its prefixes while they are healthy. Starts withdrawn, but takes over what was handed over. */
export class SiteAgent {
  private config: AgentConfig;
  private readonly around: Surroundings;
  private readonly switches: Switches;
  private readonly holds = new Holds();
  private readonly permits: Permits;
  private readonly claims: Claims;
  private readonly routes: Routes;
  private services = new Map<string, ServiceMonitor>();
  /** The prefixes with an address of a service, by its name. */
  private prefixesOf: ReadonlyMap<string, readonly AnnouncedPrefix[]>;
  // A hundred prefixes that go together are withdrawn before anybody is told, and then told of once.
  private readonly keepingSoon: Afterwards;
  private readonly publishingSoon: Afterwards;
  private beatAt: number;
  private cancelRenewal: () => void = () => {};

  constructor(config: AgentConfig, around: Surroundings) {
    const { clock, tell, store, handover } = around;
    this.config = config;
    this.around = around;
    this.switches = new Switches(store.saved, clock, tell);
    this.permits = new Permits(clock, tell);
    this.claims = new Claims({
      clock,
      others: () => this.others(),
      asksBefore: (others) => this.config.prefixes.some(({ cidr }) => others.prefix(cidr).asksBefore),
      onChange: () => this.publish(),
    });
    this.keepingSoon = new Afterwards(clock, () => this.save());
    this.publishingSoon = new Afterwards(clock, () => this.publish());
    this.routes = new Routes(config.prefixes, around, store.saved.prefixes, handover);
    this.prefixesOf = byService(config.prefixes);
    this.services = this.servicesOf(config, handover);
    this.switches.completeFreeze(this.routes.states());
    this.beatAt = clock.now();
    this.save();
    this.renew();
  }

  /** Goes on with another configuration. Checks that stay go on undisturbed. */
  reload(config: AgentConfig): void {
    const before = this.services;
    this.config = config;
    this.prefixesOf = byService(config.prefixes);
    this.services = this.servicesOf(config, undefined);
    for (const [name, service] of before) if (!this.services.has(name)) service.close();
    this.routes.reload(config.prefixes);
    this.evaluate();
    this.save();
  }

  /**
   * Withdraws everything, or drains it first, and keeps it so. Returns what ends it.
   *
   * @param force whether it may leave too few sites
   * @param goes whether the site does not come back: then others have to be heard
   * @throws AgentError when too few other sites would announce a prefix (safety 1), and nobody permitted that
   */
  async hold(reason: string, state: HeldState = "withdrawn", force = false, goes = false): Promise<() => void> {
    const before = this.holds.current;
    const objection = (others: FleetView, asking: boolean): string | undefined =>
      tooFewOthers(this.config, (cidr) => this.isAnnounced(cidr) && !this.permits.covers(cidr), others, asking);
    const known = (): FleetView | undefined => this.others() ?? (goes ? this.remembered() : undefined);
    // The others have agreed to a hold that there is; but since it drained, more of them may have gone.
    if (!force && ((before?.state === "drained" && state === "withdrawn") || goes)) {
      const others = known();
      const problem = others && objection(others, true);
      if (problem !== undefined) throw others?.heard === 0 ? new LastingError(problem) : new AgentError(problem);
    }
    let end: (() => boolean) | undefined;
    const take = (): void => {
      const others = known();
      if (!force && others !== undefined) {
        // The last of the others may have fallen silent while they were asked.
        const problem = goes ? objection(others, true) : undefined;
        if (problem !== undefined) throw new AgentError(problem);
        this.permits.use(fallingBelow(this.config, (cidr) => this.isPermitted(cidr), others, false));
      }
      this.around.tell({ event: "command", command: state === "drained" ? "hold drained" : "hold", reason });
      end = this.holds.add({ reason, state });
      this.evaluate();
    };
    if (force || before !== undefined || !this.isAnnouncedAtAll()) take();
    else await this.claims.ask(objection, take);
    return () => {
      if (end?.() !== true) return;
      if (this.holds.current === undefined) this.permits.endUse();
      this.around.tell({ event: "command", command: "release", reason });
      this.evaluate();
    };
  }

  /**
   * Permits the next hold that needs it to take a prefix below the floor.
   *
   * @throws AgentError when the site has no such prefix
   */
  allowBelowFloor(cidr: string, request: Request): void {
    const cidrs = this.config.prefixes.map((prefix) => prefix.cidr);
    if (!cidrs.includes(cidr))
      throw new AgentError(`there is no prefix ${cidr} at this site: there are ${cidrs.join(", ")}`);
    this.permits.add(cidr, request);
  }

  /**
   * Drains the site; that never withdraws it. Asked for again with the same reason, it lasts as long as is said now.
   *
   * @param lasts milliseconds; undefined: until {@link SiteAgent.undrain}
   * @throws AgentError when somebody else drained it, or no other site would announce a prefix in full
   */
  async drain(request: Request, lasts: number | undefined): Promise<void> {
    const drain = (): void => {
      this.switches.setDrain(request, lasts);
      this.switched();
    };
    this.switches.mustBeFree(request);
    if (this.switches.drain !== null || this.config.state === "drained") return drain();
    const isMissed = (cidr: string): boolean => this.isAnnounced(cidr) || this.holds.current !== undefined;
    await this.claims.ask(
      (others, asking) => noneInFull(this.config, isMissed, others, asking),
      () => {
        this.switches.mustBeFree(request);
        drain();
      },
    );
  }

  undrain(request: Request): void {
    this.switches.undrain(request);
    this.switched();
  }

  /** From here on the routes stay exactly as they are (safety 16); in the middle of an apply, as they are to be after it. */
  freeze(request: Request): void {
    const isDrained = this.switches.drain !== null || this.config.state === "drained";
    const after = this.config.prefixes.map(({ cidr }) => [cidr, isDrained ? "drained" : "full"] as const);
    this.switches.setFreeze(
      request,
      this.holds.current === undefined ? this.routes.states() : Object.fromEntries(after),
    );
    this.switched();
  }

  thaw(request: Request): void {
    this.switches.thaw(request);
    this.switched();
  }

  /** Forgets the withdrawals that the flap budget counts. */
  reset(request: Request): void {
    this.switches.tellCommand("reset", request);
    this.routes.forgetFlaps();
    this.switched();
  }

  /** A unit's processes have ended: the services that it runs are probed at once, and one failure withdraws. */
  serviceEvent(unit: string): void {
    for (const service of this.runBy(unit)) service.ended();
  }

  /** A unit is about to be stopped: what it serves is withdrawn at once (safety 4). */
  stopping(unit: string): void {
    for (const service of this.runBy(unit)) service.stopping();
  }

  /** Decides anew: what is known of the other sites has changed. */
  fleetChanged(): void {
    this.evaluate();
  }

  /** Tells the other sites, as something else is announced than before. */
  announcementsChanged(): void {
    this.publishingSoon.ask();
  }

  /** Brings a prefix about again, as it is not as it was decided. */
  retry(cidr: string): void {
    this.routes.renew(cidr);
  }

  /** Ends without withdrawing anything; what was announced lives on for a moment. Returns what the next agent should know. */
  handOver(): Handover {
    const handover: Handover = {
      at: this.around.clock.wall(),
      checks: [...this.services.values()].flatMap((service) => service.inheritance()),
      prefixes: this.routes.handOver(),
    };
    this.settle();
    this.end();
    return handover;
  }

  /** Withdraws everything and ends. */
  stop(): void {
    this.routes.withdrawAll();
    this.settle();
    this.around.fleet?.publish(
      new Map(
        this.config.prefixes.map(({ cidr }) => [
          cidr,
          { announces: false, drained: false, claim: "leaves", badness: 4 },
        ]),
      ),
    );
    this.end();
  }

  /** What is wanted of each prefix now. */
  wanted(): ReadonlyMap<string, Decided["state"]> {
    return new Map(this.config.prefixes.map(({ cidr }) => [cidr, this.routes.of(cidr).state]));
  }

  /** What is known and wanted now. */
  report(): SiteReport {
    const { clock, announcements } = this.around;
    const { drain, freeze } = this.switches;
    return {
      beatAge: Math.round(clock.now() - this.beatAt),
      held: this.holds.current?.reason ?? null,
      state: this.config.state,
      drain,
      freeze: freeze === null ? null : { reason: freeze.reason, since: freeze.since },
      services: Object.fromEntries([...this.services].map(([name, service]) => [name, service.report()])),
      prefixes: this.config.prefixes.map((prefix) =>
        reportPrefix(prefix, this.routes.of(prefix.cidr), announcements.of(prefix), clock),
      ),
    };
  }

  /** What would be kept and told afterwards is now. */
  private settle(): void {
    this.keepingSoon.now();
    this.publishingSoon.now();
  }

  private end(): void {
    this.cancelRenewal();
    for (const service of this.services.values()) service.close();
    this.around.announcer.close();
    this.around.fleet?.close();
  }

  private servicesOf(config: AgentConfig, handover: Handover | undefined): Map<string, ServiceMonitor> {
    const inherited = handover !== undefined && isFresh(handover, this.around.clock.wall()) ? handover.checks : [];
    return new Map(
      Object.entries(config.services).map(([name, service]) => {
        const kept = this.services.get(name);
        kept?.reload(service);
        const around = { ...this.around, onChange: () => this.evaluate(this.prefixesOf.get(name) ?? []) };
        return [name, kept ?? new ServiceMonitor(name, service, around, inherited)];
      }),
    );
  }

  private runBy(unit: string): ServiceMonitor[] {
    return [...this.services.values()].filter((service) => service.unit === unit);
  }

  /** The heartbeat: keeps alive what should be announced, as long as the checks make progress. */
  private renew(): void {
    if (this.switches.expire()) this.save();
    for (const service of this.services.values()) service.refresh();
    this.evaluate();
    this.routes.renew();
    this.beatAt = this.around.clock.now();
    this.around.onBeat();
    this.cancelRenewal = this.around.clock.setTimer(RENEWAL, () => this.renew());
  }

  private switched(): void {
    this.evaluate();
    this.save();
  }

  private evaluate(prefixes: readonly AnnouncedPrefix[] = this.config.prefixes): void {
    const others = this.others();
    if (this.routes.decide(prefixes, (prefix) => this.situationOf(prefix, others))) this.keepingSoon.ask();
    this.publishingSoon.ask();
  }

  /** Tells the other sites how it is here. */
  private publish(): void {
    this.around.fleet?.publish(this.routes.own(this.claims.of(this.holds.current !== undefined)));
  }

  private isAnnounced(cidr: string): boolean {
    return this.config.prefixes.some((prefix) => prefix.cidr === cidr && this.routes.mayBeAnnounced(prefix));
  }

  private isPermitted(cidr: string): boolean {
    return this.isAnnounced(cidr) && this.permits.covers(cidr);
  }

  private isAnnouncedAtAll(): boolean {
    return this.config.prefixes.some((prefix) => this.routes.mayBeAnnounced(prefix));
  }

  private situationOf(prefix: AnnouncedPrefix, others: FleetView | undefined): Situation {
    const { drain, drainUntil, freeze } = this.switches;
    return {
      intent: this.config,
      services: new Map(prefix.services.map((name) => [name, this.services.get(name)?.verdict ?? UNHEARD_OF])),
      held: this.holds.current,
      frozen: freeze?.reason,
      frozenAs: freeze?.routes?.[prefix.cidr],
      drain: drain === null ? undefined : { reason: drain.reason, until: drainUntil },
      others: others?.prefix(prefix.cidr),
    };
  }

  /** The other sites; undefined while none is heard. */
  private others(): FleetView | undefined {
    const view = this.around.fleet?.view();
    return view === undefined || view.heard === 0 ? undefined : view;
  }

  /**
   * The other sites by what each said last, while none is heard: the host that is replaced by another one of its name is talked to no
   * more.
   */
  private remembered(): FleetView {
    const view = this.around.fleet?.view();
    const prefix = (cidr: string): PrefixView => {
      const remembered = view?.prefix(cidr).remembered() ?? 0;
      return { ...NOTHING_KNOWN, staying: () => ({ announcing: remembered, full: remembered }) };
    };
    return { heard: 0, prefix };
  }

  private save(): void {
    const { store } = this.around;
    const { drain, freeze } = this.switches;
    store.save({ format: 1, drain, freeze, prefixes: this.routes.saved() });
  }
}

function byService(prefixes: readonly AnnouncedPrefix[]): Map<string, AnnouncedPrefix[]> {
  const dependents = new Map<string, AnnouncedPrefix[]>();
  for (const prefix of prefixes)
    for (const service of prefix.services) dependents.set(service, [...(dependents.get(service) ?? []), prefix]);
  return dependents;
}

const UNHEARD_OF: ServiceVerdict = { state: "down", cause: "no such service" };
