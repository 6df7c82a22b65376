import { expect, test } from "vitest";
import { agentCheckSchema } from "../../model/agent-config.ts";
import { closedPort, finding, tcpServer } from "../testing/loopback.ts";
import { makeCheck } from "./make.ts";

const tcp = (port: number, banner?: string) => ({ kind: "tcp", address: "127.0.0.1", port, banner }) as const;

test("an open port is healthy, a closed one is not", async () => {
  expect(await finding(tcp(await tcpServer(() => {})))).toBe("healthy");
  expect(await finding(tcp(await closedPort()))).toBe("connection refused (ECONNREFUSED)");
});

test("the connection is closed after the probe", async () => {
  let closed = 0;
  const port = await tcpServer((connection) => connection.resume().on("close", () => closed++));
  await finding(tcp(port));
  await finding(tcp(port, "never"), 50);
  await expect.poll(() => closed).toBe(2);
});

test("the server must begin with the banner, also in pieces", async () => {
  const port = await tcpServer((connection) => {
    connection.write("SSH-");
    setTimeout(() => connection.write("2.0-OpenSSH_9.2\r\n"), 20);
  });
  expect(await finding(tcp(port, "SSH-2.0-"))).toBe("healthy");
  expect(await finding(tcp(port, "HTTP"))).toMatch(/^the server began with "SSH-.*, not "HTTP"$/);
});

test("bytes that are no text are told apart", async () => {
  const port = await tcpServer((connection) => connection.write(Buffer.from([0xff, 0xfe])));
  expect(await finding(tcp(port, "\xff\xfe"))).toBe("healthy");
  expect(await finding(tcp(port, "\xff\xfd"))).toBe('the server began with "ÿþ", not "ÿý"');
});

test("a connection that ends before the banner is a failure", async () => {
  const port = await tcpServer((connection) => connection.end("SSH"));
  expect(await finding(tcp(port, "SSH-2.0"))).toBe('the connection was closed before the banner "SSH-2.0"');
});

test("silence instead of a banner lasts until the signal", async () => {
  expect(await finding(tcp(await tcpServer(() => {}), "SSH"), 50)).toBe("given up");
});

test("the label says what is probed", () => {
  const check = agentCheckSchema.parse({ kind: "tcp", address: "2001:db8::1", port: 443 });
  expect(makeCheck(check).label).toBe("tcp [2001:db8::1]:443");
});
