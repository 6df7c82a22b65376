import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { tcpCheck } from "./tcp.ts";

test("an open port is healthy, a closed one is not", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const check = tcpCheck({ kind: "tcp", address: "127.0.0.1", port, every: 1000, timeout: 500, fall: 1, rise: 1 });
  await expect(check.probe(AbortSignal.timeout(500))).resolves.toBeUndefined();
  server.close();
  await expect(check.probe(AbortSignal.timeout(500))).rejects.toThrow("ECONNREFUSED");
});

test("the label says what is probed", () => {
  const timing = { every: 1000, timeout: 500, fall: 1, rise: 1 };
  expect(tcpCheck({ kind: "tcp", address: "2001:db8::1", port: 443, ...timing }).label).toBe("tcp [2001:db8::1]:443");
});
