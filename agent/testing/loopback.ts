import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { agentCheckSchema, type AgentCheckInput } from "../../model/agent-config.ts";
import type { Check } from "../check/check.ts";
import { makeCheck } from "../check/make.ts";
import { inWords } from "../check/words.ts";

/** Makes a check once, with at most so many milliseconds. What it found: `healthy`, `given up`, or the cause as the agent would tell it. */
export async function finding(check: AgentCheckInput, timeout = 2000): Promise<string> {
  return await findingOf(makeCheck(agentCheckSchema.parse({ timeout, ...check })), timeout);
}

/** As {@link finding}, of a check that was made before. */
export async function findingOf(check: Check, timeout = 2000): Promise<string> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), timeout);
  try {
    return await check.probe(giveUp.signal).then(
      () => "healthy",
      (error: unknown) => (giveUp.signal.aborted ? "given up" : inWords(error)),
    );
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A UDP server on loopback until the test ends.
 *
 * @param answer the datagrams to answer one with
 * @returns its port
 */
export async function udpServer(
  answer: (datagram: Buffer) => readonly (string | Uint8Array)[],
  { address = "127.0.0.1", port = 0 } = {},
): Promise<number> {
  const socket = createSocket("udp4");
  onTestFinished(() => void socket.close());
  socket.on("message", (datagram, from) => {
    for (const one of answer(datagram)) socket.send(one, from.port, from.address);
  });
  socket.bind(port, address);
  await once(socket, "listening");
  return socket.address().port;
}

/** A TCP server on loopback until the test ends. Returns its port. */
export async function tcpServer(serve: (connection: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((connection) => {
    open.add(connection);
    connection.on("error", () => {}).on("close", () => open.delete(connection));
    serve(connection);
  });
  onTestFinished(() => {
    for (const connection of open) connection.destroy();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A port on loopback that nobody listens at, of UDP and TCP. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
