import type { PeerCheck } from "../../model/agent-checks.ts";
import type { AgentCheck, AgentConfig } from "../../model/agent-config.ts";
import type { Peers } from "../../model/peers.ts";
import type { Check, ProbeResult } from "../check/check.ts";
import type { Clock } from "../clock.ts";
import type { Fleet, FleetView, OwnState } from "./fleet.ts";
import { Knowledge } from "./knowledge.ts";
import { Neighborhood, type Believed, type Neighbor } from "./neighborhood.ts";
import { ProbeAnswers } from "./probe-answers.ts";
import { ProbeRequests } from "./probe-requests.ts";
import type { OpenTransport } from "./transport.ts";
import { periodOf, type Admitted } from "./word.ts";

/** Milliseconds from one heartbeat to the next, each shortened or prolonged by up to a tenth at random. */
const BEAT = 250;

/** The fewest milliseconds between two heartbeats when there is news. */
const LEAST_GAP = 50;

/** How often it is looked for what is too old to count. */
const SWEEP = 100;

/** What the agent may know of the fleet. */
export type FleetConfig = Pick<AgentConfig, "site" | "floor" | "heartbeat" | "prefixes">;

/** What heartbeats are made from. */
export interface FleetOptions {
  readonly config: FleetConfig;
  /** Undefined as long as nobody told of any: then nobody is heard. */
  readonly peers: Peers | undefined;
  readonly clock: Clock;
  readonly transport: OpenTransport;
  /** Numbers of 48 bits that nobody can guess, never 0. */
  readonly random: () => number;
  /** Makes the checks that peers ask for. */
  readonly makeCheck: (check: AgentCheck) => Check;
  /** Called when the view has changed, up to the floor; never before the constructor has returned. */
  readonly onChange: () => void;
  /** Has the kernel let through what carries these words, before any limit. */
  readonly admit: (words: readonly Admitted[]) => void;
}

/** The sites tell each other who announces what, by signed UDP messages, each to a few peers, which tell it on (docs/decisions/007). */
export class GossipFleet implements Fleet {
  private readonly options: FleetOptions;
  private readonly neighborhood: Neighborhood;
  private readonly knowledge: Knowledge;
  private readonly requests: ProbeRequests;
  private readonly answers: ProbeAnswers;
  private beatAt = -Infinity;
  private hurries = false;
  private cancelBeat: () => void = () => {};
  private cancelSweep: () => void = () => {};
  private heardBefore = 0;
  /** The period of the words that the kernel last received. */
  private admittedIn = 0;

  constructor(options: FleetOptions) {
    const { clock, random, makeCheck } = options;
    this.options = options;
    this.neighborhood = new Neighborhood({
      ...options,
      onMessage: (neighbor, message) => this.take(neighbor, message),
      beat: () => this.knowledge.bodies(clock.now()),
    });
    this.knowledge = new Knowledge(this.neighborhood.boot);
    const heard = (): Neighbor[] => this.neighborhood.heard();
    const send = (kind: "probe" | "found", neighbor: Neighbor, body: Buffer): void =>
      this.neighborhood.send(neighbor, kind, [body]);
    this.requests = new ProbeRequests({ clock, random, heard, send: (to, body) => send("probe", to, body) });
    this.answers = new ProbeAnswers({ clock, makeCheck, send: (to, body) => send("found", to, body) });
    this.reconfigure(options.config, options.peers);
    this.cancelSweep = clock.setTimer(SWEEP, () => this.sweep());
  }

  /** Goes on with another configuration or other peers. Those that stay are heard as before. */
  reconfigure(config: FleetConfig, peers: Peers | undefined): void {
    this.knowledge.reconfigure(config, peers?.sites);
    this.neighborhood.reconfigure(config, peers);
    this.admit();
    this.soon();
  }

  /** Has the kernel let the peers' messages through: anew when the firewall was loaded. */
  admit(): void {
    this.admittedIn = periodOf(this.options.clock.wall());
    this.options.admit(this.neighborhood.admitted());
  }

  view(): FleetView {
    return {
      heard: this.neighborhood.heard().length,
      expected: this.neighborhood.expectsAny,
      prefix: (cidr) => this.knowledge.prefix(cidr, this.now()),
    };
  }

  /** The peers that were heard lately, by name. */
  heardSites(): string[] {
    return this.neighborhood.heard().map(({ peer }) => peer.site);
  }

  /** Has a peer make a probe: see {@link ProbeRequests.ask}. */
  ask(check: PeerCheck, turn: number, signal: AbortSignal): Promise<ProbeResult | undefined> {
    return this.requests.ask(check, turn, signal);
  }

  publish(own: ReadonlyMap<string, OwnState>): void {
    if (this.knowledge.say(own, this.now())) this.soon();
  }

  /** Ends it; news that was not told yet is told first. */
  close(): void {
    if (this.hurries) this.beat();
    this.cancelBeat();
    this.cancelSweep();
    this.answers.close();
    this.neighborhood.close();
  }

  private now(): number {
    return this.options.clock.now();
  }

  /** Beats as soon as may be. */
  private soon(): void {
    if (this.hurries) return;
    this.hurries = true;
    this.schedule(Math.max(0, this.beatAt + LEAST_GAP - this.now()));
  }

  private schedule(after: number): void {
    this.cancelBeat();
    this.cancelBeat = this.options.clock.setTimer(after, () => this.beat());
  }

  private beat(): void {
    const now = this.now();
    this.beatAt = now;
    this.hurries = false;
    this.schedule(BEAT * (0.9 + 0.2 * (this.options.random() / 2 ** 48)));
    if (!this.neighborhood.isOpen) return;
    const bodies = this.knowledge.bodies(now);
    for (const neighbor of this.neighborhood.all()) this.neighborhood.send(neighbor, "beat", bodies);
  }

  private take(neighbor: Neighbor, message: Believed): void {
    switch (message.kind) {
      case "beat":
        return this.learn(neighbor, message);
      case "probe":
        return this.answers.take(neighbor, message.body);
      case "found":
        return this.requests.take(neighbor, message.body);
    }
  }

  private learn(from: Neighbor, message: Believed): void {
    const { worthTelling, changed } = this.knowledge.learn(from, message, this.now());
    if (worthTelling) this.soon();
    if (changed) this.options.onChange();
  }

  private sweep(): void {
    // Also when the wall clock was set.
    if (periodOf(this.options.clock.wall()) !== this.admittedIn) this.admit();
    const heard = this.neighborhood.heard().length;
    const changed = this.knowledge.sweep(this.now()) || heard !== this.heardBefore;
    this.heardBefore = heard;
    this.cancelSweep = this.options.clock.setTimer(SWEEP, () => this.sweep());
    if (changed) this.options.onChange();
  }
}
