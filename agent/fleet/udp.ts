import { createSocket, type Socket } from "node:dgram";
import { familyOf, type Family } from "../../model/ip.ts";
import type { Clock } from "../clock.ts";
import { endpoint } from "../check/check.ts";
import type { Tell } from "../events.ts";
import type { OpenTransport, Sender } from "./transport.ts";

/** Milliseconds until it is tried again to listen on an address that cannot be had: at boot it may come later. */
const RETRY = 1000;

/** Octets that wait until the agent reads them; the kernel allows less, and counts some 800 for a message. */
const RECEIVE_BUFFER = 1024 * 1024;

/** Heartbeats by UDP. An address that cannot be listened on is an alarm until it can. */
export function udpTransport(clock: Clock, tell: Tell): OpenTransport {
  return (addresses, port, receive) => {
    const listeners = addresses.map((address) => new Listener(address, port, clock, tell, receive));
    let turn = 0;
    return {
      send(message, address, peerPort) {
        const family = familyOf(address);
        const able = listeners.filter((listener) => listener.family === family && listener.canSend);
        // Of several own addresses each is used: one that is flooded, or cut off by the provider, loses a part only.
        able[turn++ % able.length]?.send(message, address, peerPort);
      },
      close() {
        for (const listener of listeners) listener.close();
      },
    };
  };
}

/** One own address. */
class Listener {
  readonly family: Family;
  private readonly address: string;
  private readonly port: number;
  private readonly clock: Clock;
  private readonly tell: Tell;
  private readonly receive: (message: Buffer, from: Sender) => void;
  private socket: Socket | undefined;
  private listens = false;
  private alarmed = false;
  private cancelRetry: () => void = () => {};

  constructor(
    address: string,
    port: number,
    clock: Clock,
    tell: Tell,
    receive: (message: Buffer, from: Sender) => void,
  ) {
    this.family = familyOf(address);
    this.address = address;
    this.port = port;
    this.clock = clock;
    this.tell = tell;
    this.receive = receive;
    this.open();
  }

  get canSend(): boolean {
    return this.listens;
  }

  /** What is lost is sent again by the next beat. */
  send(message: Buffer, address: string, port: number): void {
    this.socket?.send(message, port, address, () => {});
  }

  close(): void {
    this.cancelRetry();
    this.socket?.close();
    this.socket = undefined;
    this.listens = false;
    this.clear();
  }

  private get about(): string {
    return `heartbeats at ${endpoint(this.address, this.port)}`;
  }

  private open(): void {
    const socket = createSocket({
      type: this.family === 4 ? "udp4" : "udp6",
      ipv6Only: this.family === 6,
      recvBufferSize: RECEIVE_BUFFER,
      // Addresses are no names: there is nothing to look up.
      lookup: (address, _, done) => done(null, address, this.family),
    });
    this.socket = socket;
    socket.on("message", (message, { address, port: from }) => this.receive(message, { address, port: from }));
    socket.on("error", ({ message }) => this.retry(socket, message));
    socket.bind(this.port, this.address, () => {
      this.listens = true;
      this.clear();
    });
  }

  private retry(socket: Socket, problem: string): void {
    if (socket !== this.socket) return;
    this.listens = false;
    this.socket = undefined;
    socket.close();
    if (!this.alarmed) this.tell({ event: "alarm", about: this.about, problem });
    this.alarmed = true;
    this.cancelRetry = this.clock.setTimer(RETRY, () => this.open());
  }

  private clear(): void {
    if (this.alarmed) this.tell({ event: "cleared", about: this.about });
    this.alarmed = false;
  }
}
