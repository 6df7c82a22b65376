import { PATHS } from "../../model/paths.ts";
import { AgentError } from "../error.ts";
import { ClosedError, LineSocket, notRunning } from "../line-socket.ts";

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
  /** What stands at the end of each reply; nothing where BIRD itself speaks. */
  private readonly prompt: string;
  /** What was said last to each command. */
  private readonly last = new Map<string, { readonly text: string; readonly reply: Reply }>();

  private constructor(socket: LineSocket, prompt: string) {
    this.socket = socket;
    this.prompt = prompt;
  }

  /** @throws AgentError when BIRD is not running */
  static async connect(path: string = PATHS.birdSocket): Promise<BirdClient> {
    return BirdClient.greeted(await LineSocket.connect(path, "BIRD", "bird"), "");
  }

  /**
   * A connection by the restricted client that a socket unit starts: it speaks as BIRD does, repeats each command, and ends with a prompt.
   *
   * @throws AgentError when BIRD is not running
   */
  static async connectByClient(path: string): Promise<BirdClient> {
    return BirdClient.greeted(await LineSocket.connect(path, "BIRD", "bird"), PROMPT);
  }

  private static async greeted(socket: LineSocket, prompt: string): Promise<BirdClient> {
    const client = new BirdClient(socket, prompt);
    try {
      await client.read();
      return client;
    } catch (error) {
      client.close();
      // The client that the socket unit starts ends when there is no BIRD.
      throw prompt !== "" && error instanceof ClosedError ? notRunning("BIRD", "bird") : error;
    }
  }

  /**
   * Sends a command, as in `show protocols`, and returns the whole reply, also one that tells an error. When BIRD says what it said to
   * it last, that is the same object.
   */
  async ask(command: string): Promise<Reply> {
    this.socket.send(command);
    const text = withoutEcho(await this.read(), command);
    const last = this.last.get(command);
    if (last?.text === text) return last.reply;
    const reply = parse(text, this.prompt === "" ? "bird" : "client");
    this.last.set(command, { text, reply });
    return reply;
  }

  close(): void {
    this.socket.close();
  }

  /** @throws AgentError when the reply is too long to be about what is ours; the connection is closed then */
  private async read(): Promise<string> {
    const whole = await this.socket.readTo((text) => {
      if (text.length > LONGEST_REPLY) {
        this.close();
        throw new AgentError(`BIRD's reply has more than ${LONGEST_REPLY} characters`);
      }
      if (this.prompt !== "") return text.endsWith(this.prompt) ? text.length : 0;
      // Only what was asked for is said, so that a reply's last line is the last of all.
      const isWhole = text.endsWith("\n") && LAST_LINE.test(text.slice(text.lastIndexOf("\n", text.length - 2) + 1));
      return isWhole ? text.length : 0;
    });
    return whole.slice(0, whole.length - this.prompt.length);
  }
}

/** The prompt of birdc(8) and birdcl(8). */
const PROMPT = "bird> ";

function withoutEcho(text: string, command: string): string {
  return text.startsWith(`${command}\n`) ? text.slice(command.length + 1) : text;
}

const LAST_LINE = /^\d{4} /;

/**
 * Reads a reply that is whole: `1234-text` goes on, a space instead of the code repeats it, `1234 text` ends the reply. BIRD's client puts five
 * spaces in the place of a code, and leaves out an end of code 0 without a text.
 */
export function parse(text: string, by: "bird" | "client"): Reply {
  const all = text.split("\n").slice(0, -1);
  const indent = by === "bird" ? 1 : 5;
  const lines = all.map((line) => line.slice(/^\d{4}[ -]/.test(line) ? 5 : indent));
  if (lines.at(-1) === "") lines.pop();
  return { code: Number(/^(\d{4}) /.exec(all.at(-1) ?? "")?.[1] ?? 0), lines };
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
