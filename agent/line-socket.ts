import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { AgentError, hasCode } from "./error.ts";

/** Milliseconds to wait for a line. */
const PATIENCE = 5000;

/** A connection to a Unix socket whose other side speaks in lines. */
export class LineSocket {
  private readonly socket: Socket;
  private readonly lines: AsyncIterator<string>;
  private readonly peer: string;

  private constructor(socket: Socket, peer: string) {
    this.socket = socket;
    this.peer = peer;
    this.lines = createInterface(socket)[Symbol.asyncIterator]();
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
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<never>((_, reject) => {
      const error = new AgentError(`${this.peer} did not answer on its control socket within ${PATIENCE / 1000} s`);
      timer = setTimeout(() => reject(error), PATIENCE);
    });
    try {
      const { value, done } = await Promise.race([this.lines.next(), timeUp]);
      if (done === true) throw new AgentError(`${this.peer} closed its control socket`);
      return value;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
