import { mkdirSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { parseJson } from "../config.ts";
import { messageOf } from "../error.ts";
import type { AgentReport } from "../status/report.ts";
import { requestSchema, type Request, type Response } from "./protocol.ts";

/** What the agent does for its clients. */
export interface Commands {
  status(): AgentReport;
  /** Returns what ends the hold. */
  hold(reason: string): () => void;
  /** @throws Error when the new configuration cannot be used; then the old one stays */
  reload(): void;
}

/** Listens on a Unix socket that only root can use. A socket that a dead agent left is replaced. */
export function listen(path: string, commands: Commands): Server {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const server = createServer((socket) => serve(socket, commands));
  // The socket gets its mode when it is made, so that there is no moment in which others could connect.
  const umask = process.umask(0o177);
  try {
    return server.listen(path);
  } finally {
    process.umask(umask);
  }
}

function serve(socket: Socket, commands: Commands): void {
  const client = new Client(commands);
  socket.on("error", () => {});
  socket.on("close", () => client.release());
  createInterface(socket).on("line", (line) => socket.write(`${JSON.stringify(client.answer(line))}\n`));
}

/** One connection; a hold is its own. */
class Client {
  private readonly commands: Commands;
  private endHold: (() => void) | undefined;

  constructor(commands: Commands) {
    this.commands = commands;
  }

  answer(line: string): Response {
    try {
      return this.carryOut(parseJson(requestSchema, line, "request"));
    } catch (error) {
      return { ok: false, error: messageOf(error) };
    }
  }

  release(): void {
    this.endHold?.();
    this.endHold = undefined;
  }

  private carryOut(request: Request): Response {
    switch (request.command) {
      case "status":
        return { ok: true, report: this.commands.status() };
      case "hold": {
        const endHold = this.commands.hold(request.reason);
        this.release();
        this.endHold = endHold;
        return { ok: true };
      }
      case "release":
        this.release();
        return { ok: true };
      case "reload":
        this.commands.reload();
        return { ok: true };
    }
  }
}
