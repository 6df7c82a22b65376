import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, isIPv6, type Socket } from "node:net";
import { encode, streamEncode, type Packet } from "dns-packet";

/** What a client asked and got at one address. */
export interface Tally {
  readonly address: string;
  /** By UDP, each question once. */
  readonly udp: Asked;
  /** By TCP, each question on a connection of its own; one that is reset before the answer is opened once more, as resolvers do. */
  readonly tcp: Asked;
  /** Connections that were reset before the answer: where a route moves in the middle of one, the next site knows nothing of it. */
  readonly reset: number;
  /** Connections of the one transfer that never ends, beside the first: each is one that broke. */
  readonly broken: number;
}

/** Questions of one transport, and what became of them. */
export interface Asked {
  readonly sent: number;
  /** When the questions were sent that nobody answered, ms since the epoch. */
  readonly lost: readonly number[];
  /** The longest time from one answer to the next, in ms. */
  readonly longestSilence: number;
}

/** When a question counts as lost, in ms. */
const PATIENCE = 2000;

/** Milliseconds between two looks at what is due. */
const TICK = 5;

/** The most questions of a transport in one tick: answers that come at once and do not fit the socket's buffer would be lost here, and not on the way. */
const BURST = 5;

const question = (id: number): Packet => ({
  type: "query",
  id,
  questions: [{ type: "SOA", class: "IN", name: "example.net" }],
});

/** Questions of one transport. */
class Questions {
  sent = 0;
  readonly lost: number[] = [];
  private readonly waiting = new Map<number, NodeJS.Timeout>();
  private longestSilence = 0;
  private lastAnswer = performance.now();

  /** Notes a question down and returns its ID. */
  ask(): number {
    const id = this.sent++ % 65536;
    const at = Date.now();
    const lose = (): void => {
      if (!this.waiting.delete(id)) return;
      this.lost.push(at);
    };
    // Not before what has arrived by now was read: this process may have waited for the processor itself.
    this.waiting.set(
      id,
      setTimeout(() => setImmediate(lose), PATIENCE),
    );
    return id;
  }

  answered(id: number): void {
    clearTimeout(this.waiting.get(id));
    this.waiting.delete(id);
    this.listened();
    this.lastAnswer = performance.now();
  }

  /** To be called when no more is asked: what is silent until then counts. */
  listened(): void {
    this.longestSilence = Math.max(this.longestSilence, performance.now() - this.lastAnswer);
  }

  tally(): Asked {
    return { sent: this.sent, lost: this.lost, longestSilence: Math.round(this.longestSilence) };
  }
}

/** Asks on a connection of its own, and calls `reset` when that was reset before the answer. */
function connectAndAsk(address: string, id: number, questions: Questions, reset: () => void): void {
  const socket = connect({ host: address, port: 53, noDelay: true });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNRESET") reset();
  });
  socket.on("data", () => {
    questions.answered(id);
    // Reset and not closed: thousands of connections in TIME-WAIT would use up the ports.
    socket.resetAndDestroy();
  });
  socket.setTimeout(PATIENCE, () => socket.destroy());
  socket.write(streamEncode(question(id)));
}

/** Asks on one connection for as long as it holds, then on the next. */
class Transfer {
  broken = 0;
  private socket: Socket | undefined;

  constructor(address: string) {
    this.open(address);
  }

  end(): void {
    this.socket?.removeAllListeners("close").destroy();
  }

  private open(address: string): void {
    const socket = connect({ host: address, port: 53, noDelay: true });
    this.socket = socket;
    const ask = (): void => void socket.write(streamEncode(question(1)));
    socket.on("connect", ask);
    socket.on("data", () => setTimeout(ask, 20));
    socket.setTimeout(PATIENCE, () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.broken += 1;
      setTimeout(() => this.open(address), 100);
    });
  }
}

/** The questions to one address. */
class Load {
  private readonly address: string;
  private readonly udp = new Questions();
  private readonly tcp = new Questions();
  private readonly socket: UdpSocket;
  private readonly transfer: Transfer;
  private readonly timer: NodeJS.Timeout;
  private reset = 0;

  /** @param rate questions a second, by each transport */
  constructor(address: string, rate: number) {
    this.address = address;
    this.socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    this.socket.on("message", (answer) => this.udp.answered(answer.readUInt16BE(0)));
    this.socket.on("error", () => undefined);
    this.transfer = new Transfer(address);
    const started = performance.now();
    // As many as are due: a timer alone would be too slow on a busy machine.
    this.timer = setInterval(() => this.ask(((performance.now() - started) / 1000) * rate), TICK);
  }

  /** Asks nothing any more. */
  end(): void {
    clearInterval(this.timer);
    this.transfer.end();
    this.udp.listened();
    this.tcp.listened();
  }

  tally(): Tally {
    return {
      address: this.address,
      udp: this.udp.tally(),
      tcp: this.tcp.tally(),
      reset: this.reset,
      broken: this.transfer.broken,
    };
  }

  private ask(due: number): void {
    for (let n = 0; n < BURST && this.udp.sent < due; n++)
      this.socket.send(encode(question(this.udp.ask())), 53, this.address);
    for (let n = 0; n < BURST && this.tcp.sent < due; n++) this.askByTcp();
  }

  private askByTcp(): void {
    const id = this.tcp.ask();
    connectAndAsk(this.address, id, this.tcp, () => {
      this.reset += 1;
      connectAndAsk(this.address, id, this.tcp, () => undefined);
    });
  }
}

// Runs, bundled, in a client's network namespace until its standard input ends. Arguments: questions a second, addresses.
const [rate = "200", ...addresses] = process.argv.slice(2);
const loads = addresses.map((address) => new Load(address, Number(rate) / addresses.length));
process.stdin.resume().on("end", () => {
  for (const load of loads) load.end();
  // What was asked last gets its time, too.
  setTimeout(() => {
    process.stdout.write(JSON.stringify(loads.map((load) => load.tally())), () => process.exit());
  }, PATIENCE + 100);
});
