import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface, type Interface } from "node:readline";
import { AgentError, hasCode } from "./error.ts";

/** Milliseconds to wait for a line. */
const PATIENCE = 5000;

/** Lines that are kept until somebody reads them; the other side waits with more. */
const KEPT = 1000;

/** A connection to a Unix socket whose other side speaks in lines. */
export class LineSocket {
  private readonly socket: Socket;
  private readonly reader: Interface;
  private readonly peer: string;
  private readonly lines: string[] = [];
  private ended = false;
  /** Wakes who waits for a line. */
  private wake: () => void = () => {};

  private constructor(socket: Socket, peer: string) {
    this.socket = socket;
    this.peer = peer;
    this.reader = createInterface(socket);
    this.reader.on("line", (line) => {
      if (this.lines.push(line) >= KEPT) this.reader.pause();
      this.wake();
    });
    const end = (): void => {
      this.ended = true;
      this.wake();
    };
    this.reader.on("close", end);
    socket.on("close", end);
    // It is followed by its end. The reader tells the errors of what it reads once more.
    this.reader.on("error", () => {});
    socket.on("error", () => {});
  }

  /**
   * @param peer who is at the other side, for messages, as in `BIRD`
   * @param unit its systemd unit
   * @throws AgentError when nobody listens at the path
   */
  static async connect(path: string, peer: string, unit: string): Promise<LineSocket> {
    const socket = connect(path);
    try {
      await once(socket, "connect", { signal: AbortSignal.timeout(PATIENCE) });
    } catch (error) {
      socket.destroy();
      if (!hasCode(error, "ENOENT") && !hasCode(error, "ECONNREFUSED")) throw error;
      throw new AgentError(`${peer} is not running: see 'systemctl status ${unit}' and 'journalctl -u ${unit}'`);
    }
    return new LineSocket(socket, peer);
  }

  send(line: string): void {
    this.socket.write(`${line}\n`);
  }

  /** @throws AgentError when the other side has closed the connection, or says nothing for 5 s */
  async read(): Promise<string> {
    if (this.lines.length === 0 && !this.ended) await this.more();
    const line = this.lines.shift();
    if (line !== undefined) return line;
    const problem = this.ended
      ? "closed its control socket"
      : `did not answer on its control socket within ${PATIENCE / 1000} s`;
    throw new AgentError(`${this.peer} ${problem}`);
  }

  close(): void {
    this.socket.destroy();
  }

  /** Ends when there is a line, when none can come any more, or when the patience has ended. */
  private more(): Promise<void> {
    this.reader.resume();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
