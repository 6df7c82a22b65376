import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** BIRD's control socket without BIRD: says what a test tells it to. */
export class FakeBird {
  /** Command → what is said to it; a syntax error to all others. */
  says: Record<string, string> = {};
  /** While set, nothing is said at all. */
  silent = false;
  /** All commands so far. */
  readonly asked: string[] = [];
  readonly path: string;
  private readonly folder: string;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  private constructor(folder: string) {
    this.folder = folder;
    this.path = join(folder, "bird.ctl");
  }

  static async start(): Promise<FakeBird> {
    const bird = new FakeBird(await mkdtemp(join(tmpdir(), "anycast-bird-")));
    await bird.listen();
    return bird;
  }

  async listen(): Promise<void> {
    const server = createServer((socket) => this.serve(socket)).listen(this.path);
    this.server = server;
    await once(server, "listening");
  }

  /** How many connections there are. */
  get connections(): number {
    return this.sockets.size;
  }

  /** Goes away as when BIRD dies. */
  die(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  async dispose(): Promise<void> {
    this.die();
    await rm(this.folder, { recursive: true });
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket)).on("error", () => {});
    if (!this.silent) socket.write("0001 BIRD 2.0.12 ready.\n");
    const reader = createInterface(socket);
    // It tells the socket's errors once more.
    reader
      .on("error", () => {})
      .on("line", (command) => {
        this.asked.push(command);
        if (!this.silent) socket.write(this.says[command] ?? "9001 syntax error\n");
      });
  }
}
