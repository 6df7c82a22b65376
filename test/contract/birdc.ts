import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection to BIRD's control socket. One command at a time. */
export class Birdc {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Connects and takes BIRD's greeting. */
  static async open(path: string): Promise<Birdc> {
    const socket = connect(path);
    await once(socket, "connect");
    const birdc = new Birdc(socket);
    await birdc.#reply();
    return birdc;
  }

  /** The reply to a command, codes included: ends with a line that starts with a code and a space. */
  async ask(command: string): Promise<string> {
    this.#socket.write(`${command}\n`);
    return this.#reply();
  }

  close(): void {
    this.#socket.destroy();
  }

  async #reply(): Promise<string> {
    let text = "";
    while (!/(^|\n)\d{4} [^\n]*\n$/.test(text)) {
      const [chunk] = (await once(this.#socket, "data")) as [Buffer];
      text += chunk.toString();
    }
    return text;
  }
}
