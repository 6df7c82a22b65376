import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { httpCheck } from "./http.ts";

const close: (() => void)[] = [];
afterEach(() => {
  for (const end of close.splice(0)) end();
});

async function probe(listener: RequestListener, timeout = 500): Promise<void> {
  const server = createServer(listener);
  close.push(() => {
    server.closeAllConnections();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const timing = { every: 1000, timeout, fall: 1, rise: 1 };
  const check = {
    kind: "http",
    address: "127.0.0.1",
    port,
    path: "/health",
    host: "www.example.net",
    status: 200,
  } as const;
  await httpCheck({ ...check, ...timing }).probe(AbortSignal.timeout(timeout));
}

test("the wanted status is healthy; path and host are sent", async () => {
  const probing = probe((request, response) => {
    const asked = `${request.headers.host}${request.url}`;
    response.writeHead(asked === "www.example.net/health" ? 200 : 404).end();
  });
  await expect(probing).resolves.toBeUndefined();
});

test("an answer without an end is healthy as soon as its status is known", async () => {
  const probing = probe((_, response) => void response.writeHead(200).write("…"));
  await expect(probing).resolves.toBeUndefined();
});

test("another status is a failure", async () => {
  await expect(probe((_, response) => void response.writeHead(503).end())).rejects.toThrow("status 503, not 200");
});

test("silence lasts until the signal", async () => {
  await expect(probe(() => {}, 50)).rejects.toThrow(/abort/);
});

test("a connection that is cut is a failure", async () => {
  await expect(probe((request) => request.socket.destroy())).rejects.toThrow("socket hang up");
});
