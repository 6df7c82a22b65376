import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { isDeepStrictEqual } from "node:util";
import type { AgentConfig } from "../../model/agent-config.ts";
import { endpoint } from "../check/check.ts";
import type { Clock } from "../clock.ts";
import { messageOf } from "../error.ts";
import type { Tell } from "../events.ts";

/** Milliseconds until an address that could not be listened on is tried again. */
const RETRY = 5000;

/** Connections at the same time, and milliseconds that a request may take to come. */
const CONNECTIONS = 8;
const PATIENCE = 5000;

/** Milliseconds since the last beat up to which the agent counts as healthy: what is announced lives as long. */
const ALIVE = 3000;

/** What is served. */
export interface Served {
  /** The metrics in Prometheus' text format. */
  metrics(): Promise<string>;
  /** Milliseconds since the last beat. */
  beatAge(): number;
}

/** Serves `GET /metrics` and `GET /healthz` on one address. While it cannot be listened on, that is an alarm and is tried again. */
export class MetricsServer {
  private readonly served: Served;
  private readonly clock: Clock;
  private readonly tell: Tell;
  private wanted: AgentConfig["metrics"];
  private server: Server | undefined;
  private cancelRetry: () => void = () => {};
  private alarmed = false;

  constructor(served: Served, clock: Clock, tell: Tell) {
    this.served = served;
    this.clock = clock;
    this.tell = tell;
  }

  /** Listens where the configuration says, or nowhere any more. */
  use(metrics: AgentConfig["metrics"]): void {
    if (isDeepStrictEqual(metrics, this.wanted)) return;
    this.close();
    this.wanted = metrics;
    void this.listen();
  }

  close(): void {
    this.wanted = undefined;
    this.cancelRetry();
    this.server?.close();
    this.server?.closeAllConnections();
    this.server = undefined;
    this.clear();
  }

  /** Never fails. */
  private async listen(): Promise<void> {
    const { wanted } = this;
    if (wanted === undefined) return;
    // Costs memory that an agent without metrics need not have.
    const { createServer } = await import("node:http");
    if (wanted !== this.wanted) return;
    const limits = {
      maxHeaderSize: 4096,
      headersTimeout: PATIENCE,
      requestTimeout: PATIENCE,
      keepAliveTimeout: PATIENCE,
    };
    const server = createServer(limits, (request, response) => void this.answer(request, response));
    server.maxConnections = CONNECTIONS;
    server.on("error", (error) => this.failed(server, endpoint(wanted.address, wanted.port), messageOf(error)));
    server.listen({ host: wanted.address, port: wanted.port }, () => this.clear());
    this.server = server;
  }

  private failed(server: Server, where: string, problem: string): void {
    if (this.server !== server) return;
    this.server = undefined;
    if (!this.alarmed)
      this.tell({ event: "alarm", about: "metrics", problem: `they cannot be served on ${where}: ${problem}` });
    this.alarmed = true;
    this.cancelRetry = this.clock.setTimer(RETRY, () => void this.listen());
  }

  private clear(): void {
    if (this.alarmed) this.tell({ event: "cleared", about: "metrics" });
    this.alarmed = false;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    const say = (status: number, body: string, type = "text/plain; charset=utf-8"): void => {
      response.writeHead(status, { "content-type": type }).end(body);
    };
    if (request.method !== "GET") return say(405, "only GET\n");
    switch (request.url ?? "") {
      case "/metrics":
        try {
          return say(200, await this.served.metrics(), "text/plain; version=0.0.4; charset=utf-8");
        } catch (error) {
          return say(500, `${messageOf(error)}\n`);
        }
      case "/healthz": {
        const age = Math.round(this.served.beatAge());
        return age <= ALIVE ? say(200, "ok\n") : say(503, `no beat for ${age} ms\n`);
      }
      default:
        return say(404, "there is /metrics and /healthz\n");
    }
  }
}
