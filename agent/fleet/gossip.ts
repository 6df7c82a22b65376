import { createSecretKey, type KeyObject } from "node:crypto";
import { familyOf } from "../../model/ip.ts";
import type { AgentConfig } from "../../model/agent-config.ts";
import type { Peer, Peers } from "../../model/peers.ts";
import type { Clock } from "../clock.ts";
import { groupsOf, readBeat, writeBeats } from "./beat.ts";
import { NEWS, prefixId, siteId, type Statement } from "./entry.ts";
import type { Fleet, FleetView, OwnState } from "./fleet.ts";
import { KnownPrefix } from "./known.ts";
import { open, seal, senderOf, type Keys, type MessageKind } from "./message.ts";
import { Session } from "./session.ts";
import type { OpenTransport, Transport } from "./transport.ts";

/** Milliseconds from one heartbeat to the next, each shortened or prolonged by up to a tenth at random. */
const BEAT = 250;

/** The fewest milliseconds between two heartbeats when there is news. */
const LEAST_GAP = 50;

/** The fewest milliseconds between two answers to a peer that we do not believe yet. */
const ANSWER_GAP = 100;

/** How often it is looked for what is too old to count. */
const SWEEP = 100;

/** Milliseconds after the first message that was believed, until when nothing is said of the fleet: right after all restarted at once, everybody knows of nobody. */
const SETTLING = 500;

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
  /** Called when the view has changed, up to the floor. */
  readonly onChange: () => void;
}

interface OwnStatement extends OwnState {
  readonly withdrewAt: number;
}

interface Neighbor {
  readonly id: number;
  readonly peer: Peer;
  /** Those of its addresses that we have a family for. */
  readonly addresses: readonly string[];
  readonly session: Session;
  answeredAt: number;
}

/** The sites tell each other who announces what, by signed UDP messages, each to a few peers, which tell it on (docs/decisions/007). */
export class GossipFleet implements Fleet {
  private readonly options: FleetOptions;
  private config: FleetConfig;
  private self: number;
  private readonly boot: number;
  /** Rises with all that is said. */
  private counter = 0;
  private keys: Keys | undefined;
  private transport: Transport | undefined;
  private listensOn = "";
  private neighbors = new Map<number, Neighbor>();
  /** By {@link prefixId}. */
  private known = new Map<number, KnownPrefix>();
  private ids = new Map<string, number>();
  private own: ReadonlyMap<string, OwnStatement> = new Map();
  private beatAt = -Infinity;
  private beats = 0;
  private hurries = false;
  private cancelBeat: () => void = () => {};
  private cancelSweep: () => void = () => {};
  private firstHeardAt = Infinity;
  private heardBefore = 0;

  constructor(options: FleetOptions) {
    this.options = options;
    this.config = options.config;
    this.self = siteId(options.config.site);
    this.boot = options.random() % 2 ** 32;
    this.reconfigure(options.config, options.peers);
    this.sweep();
  }

  /** Goes on with another configuration or other peers. Those that stay are heard as before. */
  reconfigure(config: FleetConfig, peers: Peers | undefined): void {
    this.config = config;
    this.self = siteId(config.site);
    this.keys = peers && keysOf(peers);
    this.ids = new Map(config.prefixes.map(({ cidr }) => [cidr, prefixId(cidr)]));
    this.known = new Map(
      [...this.ids.values()].map((id) => {
        const known = this.known.get(id) ?? new KnownPrefix(this.self, config.floor);
        known.setFloor(config.floor);
        return [id, known];
      }),
    );
    const families = new Set(config.heartbeat?.addresses.map(familyOf));
    this.neighbors = new Map(
      (peers?.peers ?? [])
        .filter(({ site }) => site !== config.site)
        .map((peer) => {
          const id = siteId(peer.site);
          const before = this.neighbors.get(id);
          const addresses = peer.addresses.filter((address) => families.has(familyOf(address)));
          const session = before?.session ?? new Session(this.options.random);
          return [id, { id, peer, addresses, session, answeredAt: before?.answeredAt ?? -Infinity }];
        }),
    );
    this.listen();
    this.soon();
  }

  view(): FleetView {
    const nothing = { announcing: 0, dependable: 0, before: () => 0 };
    return {
      heard: this.heard(),
      prefix: (cidr) => this.known.get(this.ids.get(cidr) ?? -1)?.view(this.now()) ?? nothing,
    };
  }

  publish(own: ReadonlyMap<string, OwnState>): void {
    const now = this.now();
    const isNews = own.size !== this.own.size || [...own].some(([cidr, state]) => !isSame(state, this.own.get(cidr)));
    if (!isNews) return;
    this.own = new Map(
      [...own].map(([cidr, { announces, badness }]) => {
        const before = this.own.get(cidr);
        const withdrewAt = announces ? -Infinity : before === undefined || before.announces ? now : before.withdrewAt;
        return [cidr, { announces, badness, withdrewAt }];
      }),
    );
    this.soon();
  }

  /** Ends it; news that was not told yet is told first. */
  close(): void {
    if (this.hurries) this.beat();
    this.cancelBeat();
    this.cancelSweep();
    this.transport?.close();
    this.transport = undefined;
  }

  private now(): number {
    return this.options.clock.now();
  }

  private heard(): number {
    const now = this.now();
    if (now - this.firstHeardAt < SETTLING || this.firstHeardAt === Infinity) return 0;
    let heard = 0;
    for (const { session } of this.neighbors.values()) if (session.isHeard(now)) heard++;
    return heard;
  }

  private listen(): void {
    const { heartbeat } = this.config;
    const wanted = heartbeat === undefined || this.neighbors.size === 0 ? "" : JSON.stringify(heartbeat);
    if (wanted === this.listensOn) return;
    this.listensOn = wanted;
    this.transport?.close();
    this.transport =
      heartbeat === undefined || wanted === ""
        ? undefined
        : this.options.transport(heartbeat.addresses, heartbeat.port, (message) => this.receive(message));
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
    const { hurries } = this;
    this.beatAt = now;
    this.beats++;
    this.hurries = false;
    this.schedule(BEAT * (0.9 + 0.2 * (this.options.random() / 2 ** 48)));
    if (this.transport === undefined) return;
    const bodies = this.bodies(now);
    for (const neighbor of this.neighbors.values()) {
      // Where both families lead there, they take turns: one that is broken only makes the beats rarer.
      const one = neighbor.addresses[this.beats % neighbor.addresses.length];
      const everywhere = hurries || !neighbor.session.isHeard(now);
      this.send(neighbor, "beat", bodies, everywhere ? neighbor.addresses : one === undefined ? [] : [one]);
    }
  }

  private bodies(now: number): Buffer[] {
    const stamp = ++this.counter;
    const told = [...this.ids].map(([cidr, id]) => {
      const own = this.own.get(cidr);
      const others = this.known.get(id)?.tell(now) ?? [];
      return [id, own === undefined ? others : [this.statement(own, stamp, now), ...others]] as const;
    });
    return writeBeats(groupsOf(told));
  }

  private statement({ announces, badness, withdrewAt }: OwnStatement, stamp: number, now: number): Statement {
    const withdrew = now - withdrewAt < NEWS;
    return { site: this.self, boot: this.boot, stamp, age: 0, hops: 0, announces, badness, withdrew };
  }

  private send(neighbor: Neighbor, kind: MessageKind, bodies: readonly Buffer[], addresses: readonly string[]): void {
    if (this.keys === undefined) return;
    const now = this.now();
    const clock = clockOf(now);
    const to = neighbor.id;
    for (const body of bodies) {
      const sequence = ++this.counter;
      const header = { kind, from: this.self, to, boot: this.boot, sequence, clock, ...neighbor.session.echo(now) };
      const message = seal(header, body, this.keys);
      for (const address of addresses) this.transport?.send(message, address, neighbor.peer.port);
    }
  }

  private receive(message: Buffer): void {
    const from = senderOf(message, this.self);
    const neighbor = from === undefined ? undefined : this.neighbors.get(from);
    const opened = neighbor === undefined || this.keys === undefined ? undefined : open(message, this.keys);
    if (neighbor === undefined || opened === undefined) return;
    const now = this.now();
    const { delay, answer } = neighbor.session.receive(opened.header, now, clockOf(now));
    if (delay !== undefined) {
      this.firstHeardAt = Math.min(this.firstHeardAt, now);
      this.learn(opened.header, opened.body, delay, now);
    }
    if (answer && now - neighbor.answeredAt >= ANSWER_GAP) {
      neighbor.answeredAt = now;
      this.send(neighbor, "beat", this.bodies(now), neighbor.addresses);
    }
  }

  private learn(header: { from: number; boot: number }, body: Buffer, delay: number, now: number): void {
    let worthTelling = false;
    let changed = false;
    for (const { prefixes, statements } of readBeat(body)) {
      const news = statements.flatMap((statement) => asHeard(statement, header, delay));
      for (const id of prefixes) {
        const known = this.known.get(id);
        if (known === undefined) continue;
        for (const statement of news) known.learn(statement, now);
        worthTelling = known.takeWorthTelling() || worthTelling;
        changed = known.hasChanged(now) || changed;
      }
    }
    if (worthTelling) this.soon();
    if (changed) this.options.onChange();
  }

  private sweep(): void {
    const now = this.now();
    let changed = false;
    for (const known of this.known.values()) {
      known.sweep(now);
      changed = known.hasChanged(now) || changed;
    }
    const heard = this.heard();
    changed ||= heard !== this.heardBefore;
    this.heardBefore = heard;
    this.cancelSweep = this.options.clock.setTimer(SWEEP, () => this.sweep());
    if (changed) this.options.onChange();
  }
}

/** What a peer says is old by the way here; and what it passes on was passed on once more. Of itself only its process of now can speak. */
function asHeard(
  statement: Statement,
  { from, boot }: { readonly from: number; readonly boot: number },
  delay: number,
): Statement[] {
  if (statement.site === from && (statement.boot !== boot || statement.hops !== 0)) return [];
  const { site, boot: process, stamp, age, announces, badness, withdrew } = statement;
  const hops = site === from ? 0 : statement.hops + 1;
  return [{ site, boot: process, stamp, age: age + delay, hops, announces, badness, withdrew }];
}

const keyOf = (text: string): KeyObject => createSecretKey(text, "base64");

function keysOf({ key, next }: Peers): Keys {
  return [keyOf(key), ...(next === undefined ? [] : [keyOf(next)])];
}

/** 32 bits of the clock. */
function clockOf(now: number): number {
  return Math.floor(now) >>> 0;
}

function isSame(a: OwnState, b: OwnState | undefined): boolean {
  return a.announces === b?.announces && a.badness === b.badness;
}
