import { createSecretKey, type KeyObject } from "node:crypto";
import { canonicalAddress, familyOf } from "../../model/ip.ts";
import type { AgentConfig } from "../../model/agent-config.ts";
import type { Peer, Peers } from "../../model/peers.ts";
import type { Clock } from "../clock.ts";
import { siteId } from "./entry.ts";
import { ANSWER_GAP, Formers } from "./formers.ts";
import { envelopeOf, open, seal, type Keys, type MessageKind } from "./message.ts";
import { Session } from "./session.ts";
import type { OpenTransport, Sender, Transport } from "./transport.ts";
import { admittedWords, periodOf, wordOf, type Admitted } from "./word.ts";

/** Milliseconds after the first message that was believed, until when nothing is said of the fleet: right after all restarted at once, everybody knows of nobody. */
const SETTLING = 500;

/**
 * Milliseconds that a site which is a peer no longer is still one while it is heard: it may be about to go, and has to know before
 * that how many others stay (safety 17). Longer than it takes to change all sites, wave by wave.
 */
const PARTING = 30 * 60_000;

/** A site that this one exchanges messages with. */
export interface Neighbor {
  readonly id: number;
  readonly peer: Peer;
  /** Those of its addresses that we have a family for. */
  readonly addresses: readonly string[];
  readonly session: Session;
  answeredAt: number;
  /** What is sent to it in a period. */
  word: { readonly period: number; readonly value: number } | undefined;
  /** The hosts that were this site before. */
  readonly formers: Formers;
  /** Until when it is one although it is no peer any more; Infinity for a peer. */
  readonly partsAt: number;
}

/** A message of a peer that is believed. */
export interface Believed {
  readonly kind: MessageKind;
  /** Random number of the process that sent it. */
  readonly boot: number;
  /** Milliseconds that it was under way, at most about. */
  readonly delay: number;
  readonly body: Buffer;
}

/** What messages between sites are exchanged with. */
export interface NeighborhoodOptions {
  readonly clock: Clock;
  readonly transport: OpenTransport;
  /** Numbers of 48 bits that nobody can guess, never 0. */
  readonly random: () => number;
  readonly onMessage: (neighbor: Neighbor, message: Believed) => void;
  /** Returns a heartbeat: the answer to a peer that needs our nonce, and to a host that was a peer. */
  readonly beat: () => readonly Buffer[];
}

/** The peers of this site, and the signed messages to and from them. What gets out of here is believed. */
export class Neighborhood {
  /** Of this process, random. */
  readonly boot: number;
  private readonly options: NeighborhoodOptions;
  private self = 0;
  private sequence = 0;
  private keys: Keys | undefined;
  private transport: Transport | undefined;
  private listensOn = "";
  private neighbors = new Map<number, Neighbor>();
  private firstHeardAt = Infinity;

  constructor(options: NeighborhoodOptions) {
    this.options = options;
    this.boot = options.random() % 2 ** 32;
  }

  /** Goes on with another configuration or other peers. Those that stay are heard as before. */
  reconfigure({ site, heartbeat }: Pick<AgentConfig, "site" | "heartbeat">, peers: Peers | undefined): void {
    this.self = siteId(site);
    this.keys = peers && keysOf(peers);
    const families = new Set(heartbeat?.addresses.map(familyOf));
    const others = (peers?.peers ?? []).filter((peer) => peer.site !== site);
    const former = this.current();
    const next = new Map(
      others.map((peer): [number, Neighbor] => {
        const id = siteId(peer.site);
        const before = this.neighbors.get(id);
        const addresses = peer.addresses.map(asReceived).filter((address) => families.has(familyOf(address)));
        const isReplaced =
          before !== undefined && addresses.length > 0 && !addresses.some((one) => before.addresses.includes(one));
        const formers = before?.formers ?? new Formers(this.options.random);
        if (isReplaced) formers.add(before.session);
        const kept = isReplaced ? undefined : before;
        const session = kept?.session ?? new Session(this.options.random);
        const answeredAt = kept?.answeredAt ?? -Infinity;
        return [id, { id, peer, addresses, session, formers, answeredAt, word: undefined, partsAt: Infinity }];
      }),
    );
    const partsAt = this.options.clock.now() + PARTING;
    for (const each of peers === undefined ? [] : former)
      if (!next.has(each.id) && this.isHeard(each))
        next.set(each.id, { ...each, word: undefined, partsAt: Math.min(each.partsAt, partsAt) });
    this.neighbors = next;
    this.listen(heartbeat);
  }

  /** Whether anything can be sent. */
  get isOpen(): boolean {
    return this.transport !== undefined;
  }

  /** Whether there are peers that should be heard. */
  get expectsAny(): boolean {
    return this.current().length > 0;
  }

  all(): Iterable<Neighbor> {
    return this.current();
  }

  /** The peers that were heard lately. */
  heard(): Neighbor[] {
    const now = this.options.clock.now();
    if (now - this.firstHeardAt < SETTLING || this.firstHeardAt === Infinity) return [];
    return this.current().filter((neighbor) => this.isHeard(neighbor));
  }

  /**
   * Sends bodies to all addresses of a peer: what is cut off or flooded at one of them arrives at another, and what arrives twice costs
   * the receiver next to nothing.
   */
  send(neighbor: Neighbor, kind: MessageKind, bodies: readonly Buffer[]): void {
    const { session, addresses, peer } = neighbor;
    const receivers = addresses.map((address) => ({ address, port: peer.port }));
    this.sendTo(receivers, { neighbor, session }, kind, bodies);
  }

  private sendTo(
    receivers: readonly Sender[],
    { neighbor, session }: { readonly neighbor: Neighbor; readonly session: Session },
    kind: MessageKind,
    bodies: readonly Buffer[],
  ): void {
    if (this.keys === undefined) return;
    const { id } = neighbor;
    const now = this.options.clock.now();
    const echo = session.echo(now);
    const word = this.wordFor(neighbor, this.keys);
    for (const body of bodies) {
      const sequence = ++this.sequence;
      const header = { kind, from: this.self, to: id, boot: this.boot, sequence, clock: clockOf(now), ...echo };
      for (const format of session.formats) {
        const message = seal(format, header, body, word, this.keys);
        for (const { address, port } of receivers) this.transport?.send(message, address, port);
      }
    }
  }

  /** The words by which the kernel is to know what comes from the peers now. */
  admitted(): Admitted[] {
    if (this.keys === undefined) return [];
    const senders = this.current().map(({ id }) => id);
    return admittedWords(this.keys, senders, this.self, this.options.clock.wall());
  }

  close(): void {
    this.transport?.close();
    this.transport = undefined;
  }

  private wordFor(neighbor: Neighbor, [key]: Keys): number {
    const period = periodOf(this.options.clock.wall());
    if (neighbor.word?.period !== period)
      neighbor.word = { period, value: wordOf(key, this.self, neighbor.id, period) };
    return neighbor.word.value;
  }

  /** Without those that were a peer and fell silent, or were to part by now. */
  private current(): Neighbor[] {
    const now = this.options.clock.now();
    return [...this.neighbors.values()].filter(
      (each) => each.partsAt === Infinity || (now < each.partsAt && this.isHeard(each)),
    );
  }

  private isHeard({ session }: Neighbor): boolean {
    return session.isHeard(this.options.clock.now());
  }

  private listen(heartbeat: AgentConfig["heartbeat"]): void {
    const wanted = heartbeat === undefined || this.neighbors.size === 0 ? "" : JSON.stringify(heartbeat);
    if (wanted === this.listensOn) return;
    this.listensOn = wanted;
    this.close();
    if (heartbeat === undefined || wanted === "") return;
    const { addresses, port } = heartbeat;
    this.transport = this.options.transport(addresses, port, (message, from) => this.receive(message, from));
  }

  private receive(message: Buffer, from: Sender): void {
    const envelope = envelopeOf(message, this.self);
    if (envelope === undefined) return;
    const neighbor = this.neighbors.get(envelope.from);
    const now = this.options.clock.now();
    if (neighbor === undefined || this.keys === undefined || now >= neighbor.partsAt) return;
    if (neighbor.session.isRepeated(envelope)) return;
    const opened = open(message, envelope.format, this.keys);
    if (opened === undefined) return;
    const { header, body } = opened;
    const clock = clockOf(now);
    const isSite = neighbor.addresses.includes(from.address);
    const former = neighbor.formers.receive(envelope.format, header, isSite, now, clock);
    if (former !== undefined) {
      if (former.answer) this.sendTo([from], { neighbor, session: former.session }, "beat", this.options.beat());
      return;
    }
    const { delay, answer } = neighbor.session.receive(envelope.format, header, now, clock);
    if (delay === undefined) neighbor.formers.notice(header.boot, neighbor.session, now);
    else {
      this.firstHeardAt = Math.min(this.firstHeardAt, now);
      this.options.onMessage(neighbor, { kind: header.kind, boot: header.boot, delay, body });
    }
    if (answer && now - neighbor.answeredAt >= ANSWER_GAP) {
      neighbor.answeredAt = now;
      this.send(neighbor, "beat", this.options.beat());
    }
  }
}

/** An address as the kernel tells whom a message is from. */
function asReceived(address: string): string {
  return canonicalAddress(address) ?? address;
}

const keyOf = (text: string): KeyObject => createSecretKey(text, "base64");

function keysOf({ key, next }: Peers): Keys {
  return [keyOf(key), ...(next === undefined ? [] : [keyOf(next)])];
}

/** 32 bits of the clock. */
function clockOf(now: number): number {
  return Math.floor(now) >>> 0;
}
