import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import * as dns from "dns-packet";
import { afterEach, describe, expect, test } from "vitest";
import type { AgentCheck } from "../../model/agent-config.ts";
import { dnsCheck } from "./dns.ts";

const open: (Socket | Server)[] = [];
afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

type DnsCheck = Extract<AgentCheck, { kind: "dns" }>;
const timing = { every: 1000, timeout: 500, fall: 2, rise: 2 };
const soa = {
  mname: "ns1.example.net",
  rname: "host.example.net",
  serial: 1,
  refresh: 1,
  retry: 1,
  expire: 1,
  minimum: 1,
};
const good: dns.Packet = {
  flags: dns.AUTHORITATIVE_ANSWER,
  answers: [{ type: "SOA", name: "example.net", data: soa }],
};

function check(transport: "udp" | "tcp", port: number, type = "SOA"): DnsCheck {
  return { kind: "dns", address: "127.0.0.1", port, transport, name: "example.net", type, ...timing };
}

function reply(query: dns.Packet, changes: dns.Packet): Buffer {
  return dns.encode({ id: query.id, type: "response", questions: query.questions, ...changes });
}

/** A query like this one, but with another ID. */
function another(query: dns.Packet): dns.Packet {
  return { ...query, id: ((query.id ?? 0) + 1) % 65536 };
}

async function udpServer(answer: (query: dns.Packet) => Buffer[]): Promise<number> {
  const socket = createSocket("udp4");
  open.push(socket);
  socket.on("message", (message, { port }) => {
    for (const one of answer(dns.decode(message))) socket.send(one, port, "127.0.0.1");
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket.address().port;
}

async function tcpServer(answer: (query: dns.Packet) => Buffer[]): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data) => {
      for (const part of answer(dns.streamDecode(data))) socket.write(part);
    });
  });
  open.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const probe = (config: DnsCheck): Promise<void> => dnsCheck(config).probe(AbortSignal.timeout(config.timeout));

describe("over UDP", () => {
  test("an authoritative answer of the asked type is healthy", async () => {
    await expect(probe(check("udp", await udpServer((query) => [reply(query, good)])))).resolves.toBeUndefined();
  });

  test("a name in other letters is the same name", async () => {
    const upper: dns.Packet = { ...good, answers: [{ type: "SOA", name: "EXAMPLE.net", data: soa }] };
    await expect(probe(check("udp", await udpServer((query) => [reply(query, upper)])))).resolves.toBeUndefined();
  });

  test("an answer to another query is passed over", async () => {
    await expect(
      probe(check("udp", await udpServer((query) => [reply(another(query), { flags: 5 }), reply(query, good)]))),
    ).resolves.toBeUndefined();
  });

  test.each<[string, dns.Packet, RegExp]>([
    ["SERVFAIL", { flags: dns.AUTHORITATIVE_ANSWER | 2 }, /^SERVFAIL$/],
    ["REFUSED", { flags: 5 }, /^REFUSED$/],
    ["no authority", { ...good, flags: 0 }, /not authoritative/],
    ["no record", { ...good, answers: [] }, /no SOA record/],
    [
      "a record of another name",
      { ...good, answers: [{ type: "SOA", name: "example.org", data: soa }] },
      /no SOA record/,
    ],
    [
      "a record of another type",
      { ...good, answers: [{ type: "A", name: "example.net", data: "192.0.2.1" }] },
      /no SOA record/,
    ],
  ])("%s is a failure", async (_, answer, cause) => {
    const port = await udpServer((query) => [reply(query, answer)]);
    await expect(probe(check("udp", port))).rejects.toThrow(cause);
  });

  test("nonsense is a failure", async () => {
    const port = await udpServer(() => [Buffer.from("hello")]);
    await expect(probe(check("udp", port))).rejects.toThrow("no DNS message");
  });

  test("a closed port is a failure at once", async () => {
    const port = await udpServer(() => []);
    for (const server of open.splice(0)) server.close();
    await expect(probe(check("udp", port))).rejects.toThrow("ECONNREFUSED");
  });

  test("silence lasts until the signal", async () => {
    const port = await udpServer(() => []);
    await expect(probe({ ...check("udp", port), timeout: 50 })).rejects.toThrow(/abort/);
  });
});

describe("over TCP", () => {
  test("an answer may come in pieces", async () => {
    const port = await tcpServer((query) => {
      const whole = dns.streamEncode({ ...good, id: query.id, type: "response", questions: query.questions });
      return [whole.subarray(0, 1), whole.subarray(1, 20), whole.subarray(20)];
    });
    await expect(probe(check("tcp", port))).resolves.toBeUndefined();
  });

  test("a connection that is closed without an answer is a failure", async () => {
    const server = createServer((socket) => socket.end());
    open.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    await expect(probe(check("tcp", (server.address() as AddressInfo).port))).rejects.toThrow(
      /without an answer|ECONNRESET|EPIPE/,
    );
  });

  test("half an answer lasts until the signal", async () => {
    const port = await tcpServer(() => [Buffer.from([0, 40, 1])]);
    await expect(probe({ ...check("tcp", port), timeout: 50 })).rejects.toThrow(/abort/);
  });
});
