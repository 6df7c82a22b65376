import { PATHS } from "../../model/paths.ts";
import { AgentError } from "../error.ts";
import { LineSocket } from "../line-socket.ts";

/** Characters of the longest reply that is read: with a leak of the whole routing table, neither time nor memory may go into it. */
const LONGEST_REPLY = 1_000_000;

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
  /** What was said last to each command. */
  private readonly last = new Map<string, { readonly text: string; readonly reply: Reply }>();

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

  /**
   * Sends a command, as in `show protocols`, and returns the whole reply, also one that tells an error. When BIRD says what it said to
   * it last, that is the same object.
   */
  async ask(command: string): Promise<Reply> {
    this.socket.send(command);
    const text = await this.read();
    const last = this.last.get(command);
    if (last?.text === text) return last.reply;
    const reply = parse(text);
    this.last.set(command, { text, reply });
    return reply;
  }

  close(): void {
    this.socket.close();
  }

  /** @throws AgentError when the reply is too long to be about what is ours; the connection is closed then */
  private read(): Promise<string> {
    return this.socket.readTo((text) => {
      if (text.length > LONGEST_REPLY) {
        this.close();
        throw new AgentError(`BIRD's reply has more than ${LONGEST_REPLY} characters`);
      }
      // Only what was asked for is said, so that a reply's last line is the last of all.
      const isWhole = text.endsWith("\n") && LAST_LINE.test(text.slice(text.lastIndexOf("\n", text.length - 2) + 1));
      return isWhole ? text.length : 0;
    });
  }
}

const LAST_LINE = /^\d{4} /;

/** `1234-text` goes on, a space instead of the code repeats it, `1234 text` ends the reply. */
function parse(text: string): Reply {
  const all = text.slice(0, -1).split("\n");
  const lines = all.map((line) => (/^\d{4}[ -]/.test(line) ? line.slice(5) : line.slice(1)));
  if (lines.at(-1) === "") lines.pop();
  return { code: Number(all.at(-1)?.slice(0, 4)), lines };
}

/** Reads something out of replies, out of the same reply once: mostly BIRD says what it said a second ago. */
export function readOnce<T>(read: (lines: readonly string[]) => T): (reply: Reply) => T {
  const known = new WeakMap<Reply, T>();
  return (reply) => {
    const before = known.get(reply);
    if (before !== undefined) return before;
    const value = read(reply.lines);
    known.set(reply, value);
    return value;
  };
}

/** @throws AgentError with BIRD's own words when the reply tells an error */
export function succeeded(reply: Reply, command: string): Reply {
  if (reply.code < 8000) return reply;
  throw new AgentError(`BIRD refused '${command}': ${reply.lines.join("; ")}`);
}
