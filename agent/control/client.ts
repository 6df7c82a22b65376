import { PATHS } from "../../model/paths.ts";
import { AgentError } from "../error.ts";
import { LineSocket } from "../line-socket.ts";
import type { AgentReport } from "../status/report.ts";
import type { HeldState, HoldTerms, Request, Response } from "./protocol.ts";

/** The agent answered, and refused. */
export class RefusedError extends AgentError {
  /** Whether it will refuse again, however soon it is asked. */
  readonly isLasting: boolean;

  constructor(message: string, isLasting = false) {
    super(message);
    this.isLasting = isLasting;
  }
}

/** A connection to the running agent. */
export class AgentClient {
  private readonly socket: LineSocket;

  private constructor(socket: LineSocket) {
    this.socket = socket;
  }

  /** @throws AgentError when no agent is running */
  static async connect(path: string = PATHS.agentSocket): Promise<AgentClient> {
    return new AgentClient(await LineSocket.connect(path, "the agent", "anycast-agent"));
  }

  async status(): Promise<AgentReport> {
    const { report } = await this.ask({ command: "status" });
    if (report === undefined) throw new AgentError("the agent's answer to 'status' has no report");
    return report;
  }

  /**
   * Withdraws everything, or drains it, until {@link AgentClient.release} or {@link AgentClient.close}, or in the place of the hold
   * that this connection has. Takes up to 2 s.
   *
   * @throws RefusedError when a prefix would fall below the floor and that is not forced
   */
  async hold(reason: string, state: HeldState = "withdrawn", terms: HoldTerms = {}): Promise<void> {
    await this.ask({ command: "hold", reason, state, ...terms });
  }

  async release(): Promise<void> {
    await this.ask({ command: "release" });
  }

  /** @throws AgentError when the agent refuses the configuration */
  async reload(): Promise<void> {
    await this.ask({ command: "reload" });
  }

  /** Carries out what needs no more than its order. */
  async order(request: Exclude<Request, { command: "status" | "hold" }>): Promise<void> {
    await this.ask(request);
  }

  close(): void {
    this.socket.close();
  }

  private async ask(request: Request): Promise<Extract<Response, { ok: true }>> {
    this.socket.send(JSON.stringify(request));
    const response = JSON.parse(await this.socket.read()) as Response;
    if (!response.ok)
      throw new RefusedError(`the agent refused '${request.command}': ${response.error}`, response.isLasting);
    return response;
  }
}
