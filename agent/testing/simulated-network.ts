import type { AgentCheck } from "../../model/agent-config.ts";
import type { Check } from "../check/check.ts";
import type { Clock } from "../clock.ts";
import { GossipFleet, type FleetConfig } from "../fleet/gossip.ts";
import type { OwnState } from "../fleet/fleet.ts";
import type { Sender, Transport } from "../fleet/transport.ts";
import { choosePeers, type Peers } from "../../model/peers.ts";

/** Octets of IPv4 and UDP around each message. */
const ENVELOPE = 28;

/** Time of a simulation: things happen in the order of their moments, and take none. */
export class SimulatedTime {
  now = 0;
  private heap: { readonly at: number; readonly order: number; run: (() => void) | undefined }[] = [];
  private count = 0;

  /** Returns what cancels it. */
  at(moment: number, run: () => void): () => void {
    const event = { at: moment, order: this.count++, run: run as (() => void) | undefined };
    this.heap.push(event);
    this.up(this.heap.length - 1);
    return () => (event.run = undefined);
  }

  pass(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let [next] = this.heap; next !== undefined && next.at <= end; [next] = this.heap) {
      this.removeFirst();
      this.now = Math.max(this.now, next.at);
      next.run?.();
    }
    this.now = end;
  }

  private isBefore(a: number, b: number): boolean {
    const [first, second] = [this.heap[a]!, this.heap[b]!];
    return first.at - second.at < 0 || (first.at === second.at && first.order < second.order);
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b]!, this.heap[a]!];
  }

  private up(index: number): void {
    for (let at = index; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private removeFirst(): void {
    const last = this.heap.pop()!;
    if (this.heap.length === 0) return;
    this.heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < this.heap.length && this.isBefore(left, least)) least = left;
      if (right < this.heap.length && this.isBefore(right, least)) least = right;
      if (least === at) return;
      this.swap(at, least);
      at = least;
    }
  }
}

/** What moves a simulation on. */
export type Time = Pick<SimulatedTime, "now" | "at" | "pass">;

/** Numbers that are the same in every run with the same seed (mulberry32): from 0 up to 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How the paths between sites are. */
export interface Weather {
  /** The share of messages that is lost, and that which arrives twice. */
  readonly loss: number;
  readonly duplication: number;
  /** Milliseconds that a message is under way, at random in between: those that were sent later may arrive earlier. */
  readonly delay: readonly [least: number, most: number];
}

export const CLEAR: Weather = { loss: 0, duplication: 0, delay: [5, 80] };

/** A site of a simulation. */
export interface SimulatedSite {
  readonly name: string;
  fleet: GossipFleet;
  changes: number;
  /** Called when what it sees of the others has changed. */
  onChange?: () => void;
  readonly octets: { sent: number; messages: number };
  own: Map<string, OwnState>;
}

type Receive = (message: Buffer, from: Sender) => void;

const PORT = 61453;

export const KEY = Buffer.alloc(32, 7).toString("base64");

/** Sites with their heartbeats, and the paths between them. */
export class SimulatedNetwork {
  readonly time: Time;
  readonly sites = new Map<string, SimulatedSite>();
  weather: Weather;
  /** Whether messages pass from one site to another. */
  passes: (from: string, to: string) => boolean = () => true;
  /** The names of the sites whose agents are of the release before: they neither send nor understand the newest format. */
  old: ReadonlySet<string> = new Set();
  /** What is told of the sites there are, for whoever starts or is reconfigured from now on. */
  known: readonly string[] | undefined;
  /** All messages that were sent, with the address that they were sent to, if a test wants them. */
  captured: { readonly to: string; readonly message: Buffer }[] | undefined;
  /** The checks that a site makes for its peers. */
  makeCheck: (site: string, check: AgentCheck) => Check = () => ({ label: "", probe: async () => {} });
  private readonly random: () => number;
  private readonly prefixes: readonly string[];
  private readonly floor: number;
  private readonly receivers = new Map<string, Receive>();
  private readonly names: readonly string[];
  /** Sites that have another address by now. */
  private readonly moved = new Map<string, string>();
  private readonly peers: ReadonlyMap<string, readonly string[]>;

  constructor({
    names,
    prefixes = ["203.0.113.0/24"],
    floor = 2,
    weather = CLEAR,
    seed = 1,
    time = new SimulatedTime(),
  }: {
    names: readonly string[];
    prefixes?: readonly string[];
    floor?: number;
    weather?: Weather;
    seed?: number;
    time?: Time;
  }) {
    this.time = time;
    this.names = names;
    this.prefixes = prefixes;
    this.floor = floor;
    this.weather = weather;
    this.random = seeded(seed);
    this.peers = choosePeers(names);
    for (const name of names) this.start(name);
  }

  /** Starts a site's agent, also in the place of one that was killed. */
  start(name: string): SimulatedSite {
    const site = this.host(name, this.addressOf(name));
    this.sites.set(name, site);
    return site;
  }

  /** Starts the agent of a second host with a site's name, at another address. The first keeps running; the peers' files name the second. */
  replace(name: string, address: string): SimulatedSite {
    this.moved.set(name, address);
    for (const site of this.sites.keys()) {
      if (site !== name) this.site(site).fleet.reconfigure(this.config(site), this.peersOf(site));
    }
    return this.host(name, address);
  }

  /** Has a site's agent go on at another address, and all others know it. */
  move(name: string, address: string): void {
    this.moved.set(name, address);
    for (const [site, { fleet }] of this.sites)
      fleet.reconfigure(this.config(site, this.moved.get(site)), this.peersOf(site));
  }

  private host(name: string, address: string): SimulatedSite {
    const octets = { sent: 0, messages: 0 };
    const site: SimulatedSite = {
      name,
      changes: 0,
      octets,
      own: new Map(),
      fleet: undefined as unknown as GossipFleet,
    };
    site.fleet = new GossipFleet({
      config: this.config(name, address),
      peers: this.peersOf(name),
      clock: this.clockOf(),
      random: () => Math.floor(this.random() * 2 ** 32) * 2 ** 16 + 1 + Math.floor(this.random() * 60000),
      makeCheck: (check) => this.makeCheck(name, check),
      onChange: () => {
        site.changes++;
        site.onChange?.();
      },
      admit: () => {},
      transport: (addresses, _, receive) => this.connect(name, addresses[0] ?? "", octets, receive),
    });
    return site;
  }

  /** Ends a site's agent without a word. */
  kill(name: string): void {
    this.site(name).fleet.close();
    this.sites.delete(name);
  }

  /** Tells all others that a site is a peer no more, as before it goes. */
  drop(name: string): void {
    for (const site of this.sites.keys()) {
      if (site === name) continue;
      const all = this.peersOf(site);
      const peers = { ...all, peers: all.peers.filter((peer) => peer.site !== name) };
      this.site(site).fleet.reconfigure(this.config(site), peers);
    }
  }

  site(name: string): SimulatedSite {
    const site = this.sites.get(name);
    if (site === undefined) throw new Error(`no site ${name}`);
    return site;
  }

  /** What a site says of all prefixes. */
  publish(name: string, state: OwnState): void {
    const site = this.site(name);
    site.own = new Map(this.prefixes.map((cidr) => [cidr, state]));
    site.fleet.publish(site.own);
  }

  /** Hands a message to whoever has the address, now. */
  deliver(to: string, message: Buffer, from = "192.0.2.1"): void {
    this.receivers.get(to)?.(message, { address: from, port: PORT });
  }

  addressOf(name: string): string {
    const index = this.names.indexOf(name);
    return `192.0.${index >> 8}.${index & 255}`;
  }

  peersOf(name: string): Peers {
    const peers = (this.peers.get(name) ?? []).map((site) => ({
      site,
      addresses: [this.moved.get(site) ?? this.addressOf(site)],
      port: PORT,
    }));
    return { format: 1, key: KEY, peers, ...(this.known === undefined ? {} : { sites: [...this.known] }) };
  }

  private config(site: string, address = this.addressOf(site)): FleetConfig {
    const marker = { address: "198.19.0.0/31", protocol: "x" };
    return {
      site,
      floor: this.floor,
      heartbeat: { addresses: [address], port: PORT },
      prefixes: this.prefixes.map((cidr) => ({ cidr, family: 4, services: [], full: marker, drained: marker })),
    };
  }

  /** Each clock starts at another moment, and is too fast or slow by up to 200 ppm. */
  private clockOf(): Clock {
    const rate = 1 + (this.random() - 0.5) * 4e-4;
    const offset = this.random() * 2 ** 40;
    return {
      now: () => offset + this.time.now * rate,
      wall: () => this.time.now,
      setTimer: (milliseconds, callback) => this.time.at(this.time.now + milliseconds / rate, callback),
    };
  }

  private connect(from: string, address: string, octets: SimulatedSite["octets"], receive: Receive): Transport {
    const understands = (site: string, message: Buffer): boolean => message[0] === 1 || !this.old.has(site);
    this.receivers.set(address, (message, sender) => {
      if (understands(from, message)) receive(message, sender);
    });
    const mine = this.receivers.get(address);
    return {
      send: (message, to) => {
        if (!understands(from, message)) return;
        octets.sent += message.length + ENVELOPE;
        octets.messages++;
        this.captured?.push({ to, message });
        const name = this.names[Number(to.split(".")[2]) * 256 + Number(to.split(".")[3])] ?? "";
        if (!this.passes(from, name)) return;
        for (let copies = this.random() < this.weather.duplication ? 2 : 1; copies > 0; copies--) {
          if (this.random() < this.weather.loss) continue;
          const [least, most] = this.weather.delay;
          this.time.at(this.time.now + least + this.random() * (most - least), () =>
            this.deliver(to, message, address),
          );
        }
      },
      close: () => {
        if (this.receivers.get(address) === mine) this.receivers.delete(address);
      },
    };
  }
}
