import { expect, test } from "vitest";
import { closedPort, finding, udpServer } from "../testing/loopback.ts";

const udp = (port: number) => ({ kind: "udp", address: "127.0.0.1", port, send: "\xffinfo", expect: "name" }) as const;

test("an answer with the expected bytes is healthy; what is sent are bytes", async () => {
  const port = await udpServer((datagram) => (datagram.equals(Buffer.from("ff696e666f", "hex")) ? ["name: x"] : ["?"]));
  expect(await finding(udp(port))).toBe("healthy");
});

test("another answer is a failure", async () => {
  const port = await udpServer(() => ["\u0000busy"]);
  expect(await finding(udp(port))).toBe('the answer is "\\u0000busy", without "name"');
});

test("garbage before the answer is no failure, as anybody can forge it", async () => {
  expect(await finding(udp(await udpServer(() => ["\u0000busy", "", "name: x"])))).toBe("healthy");
});

test("a long answer is not told whole", async () => {
  const port = await udpServer(() => ["x".repeat(1000)]);
  expect(await finding(udp(port))).toBe(`the answer is "${"x".repeat(60)}…", without "name"`);
});

test("silence lasts until the signal, a closed port does not", async () => {
  expect(await finding(udp(await udpServer(() => [])), 50)).toBe("given up");
  expect(await finding(udp(await closedPort()))).toBe("connection refused (ECONNREFUSED)");
});
