import { createSocket, type Socket } from "node:dgram";

/** Milliseconds for which a right answer may follow a wrong one. */
const WRONG_GRACE_MS = 200;

/** A question that waits for its answer. */
interface Waiting {
  readonly read: (datagram: Buffer) => void;
  readonly fail: (error: Error) => void;
}

/**
 * Asks one server by datagrams, one question at a time. Keeps its socket for as long as each question is answered: a new one for
 * every probe is most of what a probe costs. Datagrams of other senders never get here.
 */
export class DatagramClient {
  private readonly address: string;
  private readonly port: number;
  private socket: Socket | undefined;
  private waiting: Waiting | undefined;

  constructor({ address, port }: { readonly address: string; readonly port: number }) {
    this.address = address;
    this.port = port;
  }

  /**
   * Sends one datagram and waits for the one that is its answer. After a wrong one it waits a moment longer: whoever can forge the
   * server's address can send any, and the right one is on its way.
   *
   * @param accept what a datagram says; undefined when it is no answer to this request; throws when it is a wrong one
   * @throws what was wrong, when no right answer follows; what the kernel reports, as when the port is closed; the signal's reason when it
   * fires
   */
  async ask<Answer>(
    request: Uint8Array,
    accept: (datagram: Buffer) => Answer | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    signal.throwIfAborted();
    // What was asked before was given up, and its answer must not be taken for this one.
    if (this.waiting !== undefined) this.close();
    return new Promise((resolve, reject) => {
      let wrong: NodeJS.Timeout | undefined;
      const end = (): void => {
        signal.removeEventListener("abort", giveUp);
        clearTimeout(wrong);
        if (this.waiting === mine) this.waiting = undefined;
      };
      const fail = (error: Error): void => {
        if (this.waiting === mine) this.close();
        end();
        reject(error);
      };
      const giveUp = (): void => fail(signal.reason as Error);
      const read = (datagram: Buffer): void => {
        try {
          const accepted = accept(datagram);
          if (accepted === undefined) return;
          end();
          resolve(accepted);
        } catch (error) {
          wrong ??= setTimeout(() => fail(error as Error), WRONG_GRACE_MS);
        }
      };
      const mine: Waiting = { read, fail };
      this.waiting = mine;
      signal.addEventListener("abort", giveUp);
      this.send(request);
    });
  }

  /** Gives the socket back. A question that waits is never answered: its signal ends it. */
  close(): void {
    this.socket?.close();
    this.socket = undefined;
    this.waiting = undefined;
  }

  private send(request: Uint8Array): void {
    if (this.socket !== undefined) return this.socket.send(request);
    const socket = createSocket(this.address.includes(":") ? "udp6" : "udp4");
    this.socket = socket;
    // What still comes by a socket that was given back concerns nobody.
    const waiting = (): Waiting | undefined => (this.socket === socket ? this.waiting : undefined);
    socket.on("message", (datagram) => waiting()?.read(datagram));
    socket.on("error", (error) => {
      const asking = waiting();
      // The refusal of a datagram that nobody waits for any more says nothing of the next one.
      if (asking !== undefined) asking.fail(error);
      else if (this.socket === socket) this.close();
    });
    socket.once("connect", () => {
      if (this.socket === socket) socket.send(request);
    });
    socket.connect(this.port, this.address);
    // What waits keeps the process alive by its timer.
    socket.unref();
  }
}
