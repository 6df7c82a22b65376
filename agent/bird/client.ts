import { PATHS } from "../../model/paths.ts";
import { AgentError } from "../error.ts";
import { LineSocket } from "../line-socket.ts";

/** Lines of the longest reply that is read: with a leak of the whole routing table, neither time nor memory may go into it. */
const LONGEST_REPLY = 10_000;

/** What BIRD said to a command. */
export interface Reply {
  /** The code of the last line: 0xxx is a success, 8xxx and 9xxx are errors. */
  readonly code: number;
  /** The text of all lines but an empty last one, without codes. */
  readonly lines: readonly string[];
}

/**
 * A connection to BIRD's control socket, one command at a time.
 *
 * @see https://bird.network.cz/?get_doc&v=20&f=prog-2.html#ss2.9 for the codes
 */
export class BirdClient {
  private readonly socket: LineSocket;

  private constructor(socket: LineSocket) {
    this.socket = socket;
  }

  /** @throws AgentError when BIRD is not running */
  static async connect(path: string = PATHS.birdSocket): Promise<BirdClient> {
    const client = new BirdClient(await LineSocket.connect(path, "BIRD", "bird"));
    try {
      await client.read();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Sends a command, as in `show protocols`, and returns the whole reply, also one that tells an error. */
  async ask(command: string): Promise<Reply> {
    this.socket.send(command);
    return this.read();
  }

  close(): void {
    this.socket.close();
  }

  /**
   * `1234-text` goes on, a space instead of the code repeats it, `1234 text` ends the reply.
   *
   * @throws AgentError when the reply is too long to be about what is ours; the connection is closed then
   */
  private async read(): Promise<Reply> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.socket.read();
      const [, code, mark, text = ""] = /^(\d{4})([ -])(.*)$/.exec(line) ?? [];
      lines.push(code === undefined ? line.slice(1) : text);
      if (lines.length > LONGEST_REPLY) {
        this.close();
        throw new AgentError(`BIRD's reply has more than ${LONGEST_REPLY} lines`);
      }
      if (mark === " ")
        return { code: Number(code), lines: lines.filter((each, index) => each !== "" || index < lines.length - 1) };
    }
  }
}

/** @throws AgentError with BIRD's own words when the reply tells an error */
export function succeeded(reply: Reply, command: string): Reply {
  if (reply.code < 8000) return reply;
  throw new AgentError(`BIRD refused '${command}': ${reply.lines.join("; ")}`);
}
