import { mkdirSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { LastingError, messageOf } from "../error.ts";
import type { AgentReport } from "../status/report.ts";
import { parseRequest, type Asked, type HeldState, type HoldTerms, type Request, type Response } from "./protocol.ts";

/** What the agent does for its clients. */
export interface Commands {
  status(): AgentReport;
  /**
   * Returns what ends the hold, once everything is as it says.
   *
   * @throws Error when it is refused
   */
  hold(reason: string, state: HeldState, terms: HoldTerms): Promise<() => void>;
  /** @throws Error when there is no such prefix */
  allowBelowFloor(prefix: string, asked: Asked): void;
  /** Fails when the new configuration cannot be used; then the old one stays. */
  reload(): Promise<void>;
  /**
   * @param lasts milliseconds; undefined: until `undrain`
   * @param neverFull whether it announces in full for nobody
   * @throws Error when it is refused
   */
  drain(asked: Asked, lasts: number | undefined, neverFull: boolean): Promise<void>;
  undrain(asked: Asked): void;
  /**
   * @param lasts milliseconds; undefined: until `announce`
   * @throws Error when it is refused
   */
  withdraw(asked: Asked, lasts: number | undefined): Promise<void>;
  announce(asked: Asked): void;
  freeze(asked: Asked): void;
  thaw(asked: Asked): void;
  reset(asked: Asked): void;
}

/** Listens on a Unix socket that only the agent's user and root can use. A socket that a dead agent left is replaced. */
export function listen(path: string, commands: Commands): Server {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const server = createServer((socket) => void serve(socket, commands));
  // The socket gets its mode when it is made, so that there is no moment in which others could connect.
  const umask = process.umask(0o177);
  try {
    return server.listen(path);
  } finally {
    process.umask(umask);
  }
}

async function serve(socket: Socket, commands: Commands): Promise<void> {
  const client = new Client(commands);
  socket.on("error", () => {});
  socket.on("close", () => client.end());
  for await (const line of createInterface(socket)) socket.write(`${JSON.stringify(await client.answer(line))}\n`);
}

/** One connection; a hold is its own. */
class Client {
  private readonly commands: Commands;
  private endHold: (() => void) | undefined;
  private ended = false;

  constructor(commands: Commands) {
    this.commands = commands;
  }

  async answer(line: string): Promise<Response> {
    try {
      return await this.carryOut(parseRequest(line));
    } catch (error) {
      return { ok: false, error: messageOf(error), ...(error instanceof LastingError ? { isLasting: true } : {}) };
    }
  }

  end(): void {
    this.ended = true;
    this.release();
  }

  private release(): void {
    this.endHold?.();
    this.endHold = undefined;
  }

  private async carryOut(request: Request): Promise<Response> {
    switch (request.command) {
      case "status":
        return { ok: true, report: this.commands.status() };
      case "hold":
        await this.hold(request);
        return { ok: true };
      case "release":
        this.release();
        return { ok: true };
      case "reload":
        await this.commands.reload();
        return { ok: true };
      case "drain":
        await this.commands.drain(request, request.lasts ?? undefined, request.neverFull === true);
        return { ok: true };
      case "allow-below-floor":
        this.commands.allowBelowFloor(request.prefix, request);
        return { ok: true };
      case "withdraw":
        await this.commands.withdraw(request, request.lasts ?? undefined);
        return { ok: true };
      case "undrain":
      case "announce":
      case "freeze":
      case "thaw":
      case "reset":
        this.commands[request.command](request);
        return { ok: true };
    }
  }

  private async hold({ reason, state, ...terms }: Extract<Request, { command: "hold" }>): Promise<void> {
    // What was asked before the connection ended is read after it.
    if (this.ended) return;
    const endHold = await this.commands.hold(reason, state, terms);
    this.release();
    this.endHold = endHold;
    if (this.ended) this.release();
  }
}
