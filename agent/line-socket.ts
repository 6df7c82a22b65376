import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { AgentError, hasCode, messageOf } from "./error.ts";

/** Milliseconds to wait for a line. */
const PATIENCE = 5000;

/** Characters that are kept until somebody reads them; the other side waits with more. */
const KEPT = 256 * 1024;

/** The other side has closed the connection. */
export class ClosedError extends AgentError {}

/** A connection to a Unix socket whose other side speaks in lines. */
export class LineSocket {
  private readonly socket: Socket;
  private readonly peer: string;
  /** What came and was not read yet. */
  private text = "";
  private ended = false;
  /** Wakes who waits for more. */
  private wake: () => void = () => {};

  private constructor(socket: Socket, peer: string) {
    this.socket = socket;
    this.peer = peer;
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.text += text;
      if (this.text.length >= KEPT) socket.pause();
      this.wake();
    });
    const end = (): void => {
      this.ended = true;
      this.wake();
    };
    socket.on("end", end);
    socket.on("close", end);
    // It is followed by its end.
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
      if (hasCode(error, "EACCES")) throw new AgentError(`${path} may not be used by this user. Run it as root`);
      if (!hasCode(error, "ENOENT") && !hasCode(error, "ECONNREFUSED"))
        throw new AgentError(`${peer} cannot be reached on ${path}: ${messageOf(error)}`);
      throw notRunning(peer, unit);
    }
    return new LineSocket(socket, peer);
  }

  send(line: string): void {
    this.socket.write(`${line}\n`);
  }

  /**
   * Reads the next line, without its end.
   *
   * @throws AgentError when the other side has closed the connection, or says nothing for 5 s
   */
  async read(): Promise<string> {
    const line = await this.readTo((text) => text.indexOf("\n") + 1);
    return line.slice(0, -1);
  }

  /**
   * Reads on until there is enough.
   *
   * @param end how much of what has come so far is to be read; 0 when there has to be more
   * @throws what `end` throws; AgentError when the other side has closed the connection, or says nothing for 5 s
   */
  async readTo(end: (text: string) => number): Promise<string> {
    for (;;) {
      const seen = this.text.length;
      const length = seen === 0 ? 0 : end(this.text);
      if (length > 0) {
        const read = this.text.slice(0, length);
        this.text = this.text.slice(length);
        return read;
      }
      if (this.ended) throw new ClosedError(`${this.peer} closed its control socket`);
      await this.more();
      if (this.text.length === seen && !this.ended) throw this.silent();
    }
  }

  /**
   * Reads all that the other side says until it closes the connection.
   *
   * @throws AgentError when it says nothing for 5 s
   */
  async readToEnd(): Promise<string> {
    while (!this.ended) {
      const seen = this.text.length;
      await this.more();
      if (this.text.length === seen && !this.ended) throw this.silent();
    }
    return this.text;
  }

  close(): void {
    this.socket.destroy();
  }

  private silent(): AgentError {
    return new AgentError(`${this.peer} did not answer on its control socket within ${PATIENCE / 1000} s`);
  }

  /** Ends when more has come, when none can come any more, or when the patience has ended. */
  private more(): Promise<void> {
    this.socket.resume();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, PATIENCE);
      this.wake = () => {
        this.wake = () => {};
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The error of a unit that is not running. */
export function notRunning(peer: string, unit: string): AgentError {
  return new AgentError(`${peer} is not running: see 'systemctl status ${unit}' and 'journalctl -u ${unit}'`);
}
