import type { AgentConfig } from "../../model/agent-config.ts";
import { withdrawalCause } from "../../model/site-status.ts";
import { Afterwards } from "../afterwards.ts";
import type { AnnouncedPrefix } from "../announcer/announcer.ts";
import type { HeldState, HoldTerms } from "../control/protocol.ts";
import { wallTime } from "../clock.ts";
import type { Decided, Situation } from "../decision/decided.ts";
import { isOverloaded } from "../decision/under-load.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { isFresh, type Handover } from "../state/handover.ts";
import type { StateStore } from "../state/state-file.ts";
import type { AgentReport } from "../status/report.ts";
import { Guard } from "./guard.ts";
import type { MonitorSurroundings } from "./monitor.ts";
import { othersIn, type Others } from "./others.ts";
import { reportPrefix } from "./prefix-report.ts";
import { Routes, type RouteSurroundings } from "./routes.ts";
import { Services } from "./services.ts";
import { Shedding } from "./shedding.ts";
import { Silence } from "./silence.ts";
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
  /** How many packets came to the host so far; undefined: nobody can tell. */
  readonly packets: () => number | undefined;
}

/** What the agent itself knows of what it reports. */
export type SiteReport = Pick<
  AgentReport,
  "held" | "state" | "drain" | "withdrawal" | "freeze" | "services" | "prefixes" | "beatAge"
>;

/** Checks the services of a site and announces its prefixes while they are healthy. Starts withdrawn, but takes over what was handed over. */
export class SiteAgent {
  private config: AgentConfig;
  private readonly around: Surroundings;
  private readonly switches: Switches;
  private readonly guard: Guard;
  private readonly silence: Silence;
  private readonly shedding: Shedding;
  private readonly routes: Routes;
  private readonly services: Services;
  /** The prefixes with an address of a service, by its name. */
  private prefixesOf: ReadonlyMap<string, readonly AnnouncedPrefix[]>;
  // A hundred prefixes that go together are withdrawn before anybody is told, and then told of once.
  private readonly keepingSoon: Afterwards;
  private readonly publishingSoon: Afterwards;
  private beatAt: number;
  /** Ends the withdrawal by hand. */
  private endWithdrawal: () => void = () => {};
  private cancelRenewal: () => void = () => {};
  private cancelWake: () => void = () => {};

  constructor(config: AgentConfig, around: Surroundings) {
    const { clock, tell, store, handover } = around;
    this.config = config;
    this.around = around;
    this.switches = new Switches(store.saved, clock, tell);
    this.silence = new Silence(clock, tell);
    this.guard = new Guard({
      clock,
      tell,
      config: () => this.config,
      others: () => othersIn(around.fleet),
      silenceMayEnd: () => this.silence.mayEnd,
      isAnnounced: (cidr) => this.isAnnounced(cidr),
      onClaim: () => this.publish(),
      onHold: () => this.evaluate(),
    });
    const { withdrawal } = this.switches;
    if (withdrawal !== null) this.endWithdrawal = this.guard.resume(withdrawalCause(withdrawal));
    this.shedding = new Shedding({
      clock,
      packets: around.packets,
      ask: (take) => this.guard.shed(take),
      isFailing: () => this.isOverloaded(),
      onChange: () => this.evaluate(),
    });
    this.keepingSoon = new Afterwards(clock, () => this.save());
    this.publishingSoon = new Afterwards(clock, () => this.publish());
    this.routes = new Routes(config.prefixes, around, store.saved.prefixes, handover);
    this.prefixesOf = byService(config.prefixes);
    const inherited = handover !== undefined && isFresh(handover, clock.wall()) ? handover.checks : [];
    const onService = (name: string): void => this.evaluate(this.prefixesOf.get(name) ?? []);
    this.services = new Services(config.services, around, onService, inherited);
    this.switches.completeFreeze(this.routes.states());
    this.beatAt = clock.now();
    this.save();
    this.renew();
  }

  /** Goes on with another configuration. Checks that stay go on undisturbed. */
  reload(config: AgentConfig): void {
    this.config = config;
    this.prefixesOf = byService(config.prefixes);
    this.services.reload(config.services);
    this.routes.reload(config.prefixes);
    this.evaluate();
    this.save();
  }

  /**
   * Withdraws everything, or drains it first, and keeps it so. Returns what ends it.
   *
   * @throws AgentError when too few other sites would announce a prefix (safety 1), or nobody can tell, and nobody permitted that
   */
  hold(reason: string, state: HeldState = "withdrawn", terms: HoldTerms = {}): Promise<() => void> {
    // What is drained already loses nothing.
    const force = terms.force === true || (terms.drains === true && this.isDrained);
    return this.guard.hold({ reason, state, ...terms, force });
  }

  /**
   * Permits the next hold or drain that needs it to take a prefix below the floor.
   *
   * @throws AgentError when the site has no such prefix
   */
  allowBelowFloor(cidr: string, request: Request): void {
    this.guard.allowBelowFloor(cidr, request);
  }

  /**
   * Drains the site; that never withdraws it. Asked for again with the same reason, it lasts as long as is said now.
   *
   * @param lasts milliseconds; undefined: until {@link SiteAgent.undrain}
   * @param neverFull whether it announces in full for nobody, also where only last resorts are left
   * @throws AgentError when somebody else drained it, or no other site would announce a prefix in full, and nobody permitted that
   */
  async drain(request: Request, lasts: number | undefined, neverFull = false): Promise<void> {
    const drain = (): void => {
      this.switches.mustBeFree(request);
      this.switches.setDrain(request, lasts, neverFull);
      this.switched();
    };
    this.switches.mustBeFree(request);
    if (this.isDrained) return drain();
    await this.guard.drain(drain);
  }

  undrain(request: Request): void {
    this.switches.undrain(request);
    this.switched();
  }

  /**
   * Withdraws everything until {@link SiteAgent.announce}, as far as an apply might. Asked for again with the same reason, it lasts as long as
   * is said now.
   *
   * @param lasts milliseconds; undefined: until {@link SiteAgent.announce}
   * @throws AgentError when somebody else withdrew it, or too few other sites would announce a prefix, and nobody permitted that
   */
  async withdraw(request: Request, lasts: number | undefined): Promise<void> {
    this.switches.mustNotBeWithdrawn(request);
    if (this.switches.withdrawal === null) {
      const reason = withdrawalCause({ ...request, since: wallTime(this.around.clock, this.around.clock.now()) });
      const end = await this.guard.hold({ reason, state: "withdrawn", byHand: true });
      if (this.switches.withdrawal !== null) {
        // Somebody else was served meanwhile.
        end();
        return this.withdraw(request, lasts);
      }
      this.endWithdrawal = end;
    }
    this.switches.setWithdrawal(request, lasts);
    this.switched();
  }

  /** Ends a withdrawal by hand. */
  announce(request: Request): void {
    this.switches.announce(request);
    this.endWithdrawal();
    this.switched();
  }

  /** From here on the routes stay exactly as they are (safety 16); in the middle of an apply, as they are to be after it. */
  freeze(request: Request): void {
    const after = this.config.prefixes.map(({ cidr }) => [cidr, this.isDrained ? "drained" : "full"] as const);
    this.switches.setFreeze(
      request,
      this.guard.heldByApplies === undefined ? this.routes.states() : Object.fromEntries(after),
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
    this.services.ended(unit);
  }

  /** A unit is about to be stopped: what it serves is withdrawn at once (safety 4). */
  stopping(unit: string): void {
    this.services.stopping(unit);
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
      checks: this.services.inheritance(),
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
    const { drain, withdrawal, freeze } = this.switches;
    return {
      beatAge: Math.round(clock.now() - this.beatAt),
      held: this.guard.heldByApplies ?? null,
      state: this.config.state,
      drain,
      withdrawal,
      freeze: freeze === null ? null : { reason: freeze.reason, since: freeze.since },
      services: this.services.report(),
      prefixes: this.config.prefixes.map((prefix) =>
        reportPrefix(prefix, this.routes.of(prefix.cidr), announcements.of(prefix), clock),
      ),
    };
  }

  /** Whether a person or the configuration drained it, or an apply until the configuration does. */
  private get isDrained(): boolean {
    return this.switches.drain !== null || this.config.state === "drained" || this.guard.held?.drains === true;
  }

  /** What would be kept and told afterwards is now. */
  private settle(): void {
    this.keepingSoon.now();
    this.publishingSoon.now();
  }

  private end(): void {
    this.cancelRenewal();
    this.cancelWake();
    this.services.close();
    this.around.announcer.close();
    this.around.fleet?.close();
  }

  /** The heartbeat: keeps alive what should be announced, as long as the checks make progress. */
  private renew(): void {
    if (this.switches.isWithdrawalOver) this.announce({ reason: "the time of the withdrawal is over", by: null });
    if (this.switches.tick()) this.save();
    this.services.refresh();
    this.silence.update(othersIn(this.around.fleet));
    this.shedding.update();
    this.evaluate();
    this.shedding.consider();
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
    const others = othersIn(this.around.fleet);
    if (this.routes.decide(prefixes, (prefix) => this.situationOf(prefix, others))) this.keepingSoon.ask();
    this.publishingSoon.ask();
    this.wake();
  }

  /** Decides again when a prefix that is about to be withdrawn may be. */
  private wake(): void {
    const { clock } = this.around;
    const at = this.routes.wakesAt;
    this.cancelWake();
    this.cancelWake =
      at === undefined ? () => {} : clock.setTimer(Math.max(1, at - clock.now()), () => this.evaluate());
  }

  /** Tells the other sites how it is here. */
  private publish(): void {
    const { claim } = this.guard;
    this.around.fleet?.publish(this.routes.own(claim === "none" && this.shedding.isActive ? "asks" : claim));
  }

  /** Whether something is announced that fails because of what comes to it. */
  private isOverloaded(): boolean {
    const isFailing = ({ cidr, services }: AnnouncedPrefix): boolean =>
      this.isAnnounced(cidr) && services.some((name) => isOverloaded(this.services.verdict(name)));
    const isFree = this.guard.held === undefined && this.switches.freeze === null && this.around.fleet !== undefined;
    return isFree && this.config.prefixes.some(isFailing);
  }

  private isAnnounced(cidr: string): boolean {
    return this.config.prefixes.some((prefix) => prefix.cidr === cidr && this.routes.mayBeAnnounced(prefix));
  }

  private situationOf(prefix: AnnouncedPrefix, others: Others): Situation {
    const { drain, drainUntil, freeze } = this.switches;
    return {
      intent: this.config,
      services: new Map(prefix.services.map((name) => [name, this.services.verdict(name)])),
      held: this.guard.held,
      frozen: freeze?.reason,
      frozenAs: freeze?.routes?.[prefix.cidr],
      drain: drain === null ? undefined : { reason: drain.reason, until: drainUntil, neverFull: drain.neverFull },
      load: this.shedding.state,
      others: others === "none" ? undefined : others === "silent" ? others : others.prefix(prefix.cidr),
    };
  }

  private save(): void {
    const { store } = this.around;
    const { drain, withdrawal, freeze } = this.switches;
    store.save({ format: 1, drain, withdrawal, freeze, prefixes: this.routes.saved() });
  }
}

function byService(prefixes: readonly AnnouncedPrefix[]): Map<string, AnnouncedPrefix[]> {
  const dependents = new Map<string, AnnouncedPrefix[]>();
  for (const prefix of prefixes)
    for (const service of prefix.services) dependents.set(service, [...(dependents.get(service) ?? []), prefix]);
  return dependents;
}
