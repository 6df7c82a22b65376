import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { VultrApi } from "./api.ts";
import type { Clock } from "./clock.ts";

/** A clock that jumps over each wait at once, and remembers how long each was. */
export function jumpingClock(): Clock & { readonly waits: number[] } {
  let now = 0;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
  };
}

/** One request as it came in. */
export interface Received {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
  readonly authorization: string | undefined;
}

/** Answers one request: a status with JSON or text, or what `cut` and `hang` do. */
export type Reply =
  { status: number; json?: unknown; text?: string; headers?: Record<string, string> } | "cut" | "hang";

/** An HTTP server for one test whose answers are the given ones, in order; the last holds on. */
export async function answering(...replies: Reply[]) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = "";
    for await (const chunk of request) text += String(chunk);
    const { method = "", url: path = "", headers } = request;
    received.push({
      method,
      path,
      body: text === "" ? undefined : JSON.parse(text),
      authorization: headers.authorization,
    });
    const reply = replies[Math.min(received.length, replies.length) - 1] ?? "cut";
    if (reply === "hang") return;
    if (reply === "cut") {
      request.socket.destroy();
      return;
    }
    const isJson = reply.json !== undefined;
    response.writeHead(reply.status, { "content-type": isJson ? "application/json" : "text/html", ...reply.headers });
    response.end(isJson ? JSON.stringify(reply.json) : (reply.text ?? ""));
  }
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = jumpingClock();
  return { url, received, clock, api: new VultrApi({ url, key: "the-key", clock }) };
}
