import { createSocket } from "node:dgram";
import { once } from "node:events";
import * as dns from "dns-packet";
import * as fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { agentCheckSchema, type AgentCheckInput } from "../../model/agent-config.ts";
import { closedPort, finding, findingOf, tcpServer, udpServer } from "../testing/loopback.ts";
import { behind } from "./dns-serial.ts";
import { makeCheck } from "./make.ts";

type DnsInput = Extract<AgentCheckInput, { kind: "dns" }>;

const soa = (serial: number): dns.SoaAnswer => ({
  type: "SOA",
  name: "example.net",
  data: { mname: "ns1.example.net", rname: "host.example.net", serial, refresh: 1, retry: 1, expire: 1, minimum: 1 },
});
const good: dns.Packet = { flags: dns.AUTHORITATIVE_ANSWER, answers: [soa(1)] };

function check(port: number, rest: Partial<DnsInput> = {}): DnsInput {
  return { kind: "dns", address: "127.0.0.1", port, name: "example.net", ...rest };
}

function reply(query: dns.Packet, changes: dns.Packet): Buffer {
  return dns.encode({ id: query.id, type: "response", questions: query.questions, ...changes });
}

/** A query like this one, but with another ID. */
function another(query: dns.Packet): dns.Packet {
  return { ...query, id: ((query.id ?? 0) + 1) % 65536 };
}

/** A server that always gives the same answer by UDP. */
const answering = (changes: dns.Packet): Promise<number> =>
  udpServer((datagram) => [reply(dns.decode(datagram), changes)]);

/** A server that answers each query by TCP with some bytes. */
const tcp = (answer: (query: dns.Packet) => Uint8Array[]): Promise<number> =>
  tcpServer((connection) =>
    connection.once("data", (data) => {
      for (const part of answer(dns.streamDecode(data))) connection.write(part);
    }),
  );
const whole = (query: dns.Packet): Buffer =>
  dns.streamEncode({ ...good, id: query.id, type: "response", questions: query.questions });

const authority = (record: dns.Answer): dns.Packet => ({ flags: dns.AUTHORITATIVE_ANSWER, answers: [record] });

/** A server with a serial, and another one at 127.0.0.2 with the same port. */
async function pair(mine: number, other: (datagram: Buffer) => Buffer[]): Promise<number> {
  const port = await answering({ ...good, answers: [soa(mine)] });
  await udpServer(other, { address: "127.0.0.2", port });
  return port;
}
const having = (serial: number) => (datagram: Buffer) => [
  reply(dns.decode(datagram), { ...good, answers: [soa(serial)] }),
];
const beside = (behindAtMost: number) => ({ serial: { servers: ["127.0.0.2"], behind: behindAtMost } });

describe("over UDP", () => {
  test("an authoritative answer of the asked type is healthy", async () => {
    expect(await finding(check(await answering(good)))).toBe("healthy");
  });

  test("a name in other letters is the same name", async () => {
    const upper = { ...good, answers: [{ ...soa(1), name: "EXAMPLE.net" }] };
    expect(await finding(check(await answering(upper)))).toBe("healthy");
  });

  test("an answer to another query is passed over", async () => {
    const port = await udpServer((datagram) => {
      const query = dns.decode(datagram);
      return [reply(another(query), { flags: 5 }), reply(query, good)];
    });
    expect(await finding(check(port))).toBe("healthy");
  });

  test("an answer that changes is judged anew, one that stays is read by its own query alone", async () => {
    const answers: dns.Packet[] = [good, good, { ...good, answers: [] }, { ...good, answers: [] }, good];
    const port = await udpServer((datagram) => {
      const query = dns.decode(datagram);
      return [reply(another(query), good), reply(query, answers.shift() ?? {})];
    });
    const made = makeCheck(agentCheckSchema.parse(check(port)));
    onTestFinished(() => made.close?.());
    const found: string[] = [];
    while (answers.length > 0) found.push(await findingOf(made));
    const none = "no SOA record in the answer";
    expect(found).toEqual(["healthy", "healthy", none, none, "healthy"]);
  });

  test("an echo of the question is no answer", async () => {
    expect(await finding(check(await udpServer((datagram) => [datagram])), 50)).toBe("given up");
  });

  test.each<[string, dns.Packet, string]>([
    ["SERVFAIL", { flags: dns.AUTHORITATIVE_ANSWER | 2 }, "SERVFAIL"],
    ["REFUSED", { flags: 5 }, "REFUSED"],
    ["no authority", { ...good, flags: 0 }, "the answer is not authoritative"],
    ["no record", { ...good, answers: [] }, "no SOA record in the answer"],
    [
      "a record of another name",
      { ...good, answers: [{ ...soa(1), name: "example.org" }] },
      "no SOA record in the answer",
    ],
    [
      "a record of another type",
      { ...good, answers: [{ type: "A", name: "example.net", data: "192.0.2.1" }] },
      "no SOA record in the answer",
    ],
  ])("%s is a failure", async (_, answer, cause) => {
    expect(await finding(check(await answering(answer)))).toBe(cause);
  });

  test("nonsense is a failure", async () => {
    expect(await finding(check(await udpServer(() => ["hello"])))).toBe("the answer is no DNS message");
  });

  test("nonsense before the answer is none", async () => {
    const port = await udpServer((datagram) => ["hello", reply(dns.decode(datagram), good)]);
    expect(await finding(check(port))).toBe("healthy");
  });

  test("a closed port is a failure at once", async () => {
    expect(await finding(check(await closedPort()))).toBe("connection refused (ECONNREFUSED)");
  });

  test("silence lasts until the signal", async () => {
    expect(await finding(check(await udpServer(() => [])), 50)).toBe("given up");
  });
});

describe("over TCP", () => {
  test("an answer may come in pieces, and after one to another query", async () => {
    const port = await tcp((query) => {
      const answer = whole(query);
      return [whole(another(query)), answer.subarray(0, 1), answer.subarray(1, 20), answer.subarray(20)];
    });
    expect(await finding(check(port, { transport: "tcp" }))).toBe("healthy");
  });

  test("a connection that is closed without an answer is a failure", async () => {
    const port = await tcpServer((connection) => connection.once("data", () => connection.end()));
    expect(await finding(check(port, { transport: "tcp" }))).toBe("the connection was closed without an answer");
  });

  test("half an answer lasts until the signal", async () => {
    const port = await tcp(() => [Buffer.from([0, 40, 1])]);
    expect(await finding(check(port, { transport: "tcp" }), 50)).toBe("given up");
  });
});

describe("the wanted answer", () => {
  test.each<[DnsInput["type"], dns.Answer, string, string]>([
    ["A", { type: "A", name: "example.net", data: "192.0.2.1" }, "192.0.2.1", "192.0.2.2"],
    ["AAAA", { type: "AAAA", name: "example.net", data: "2001:db8::1" }, "2001:DB8:0::1", "2001:db8::2"],
    ["NS", { type: "NS", name: "example.net", data: "ns1.example.net" }, "NS1.example.net.", "ns2.example.net"],
    ["TXT", { type: "TXT", name: "example.net", data: ["site=", "fra"] }, "site=fra", "site=nyc"],
    [
      "MX",
      { type: "MX", name: "example.net", data: { preference: 10, exchange: "mx.example.net" } },
      "10 mx.example.net.",
      "20 mx",
    ],
    [
      "SRV",
      { type: "SRV", name: "example.net", data: { priority: 1, weight: 2, port: 443, target: "www.example.net" } },
      "1 2 443 www.example.net",
      "1 2 80 www.example.net",
    ],
    [
      "CAA",
      { type: "CAA", name: "example.net", data: { flags: 0, tag: "issue", value: "ca.example" } },
      '0 issue "ca.example"',
      "0 issue other",
    ],
    ["SOA", soa(7), "ns1.example.net. host.example.net. 7 1 1 1 1", "ns1.example.net"],
  ])("%s", async (type, record, wanted, other) => {
    const port = await answering(authority(record));
    expect(await finding(check(port, { type, answer: wanted }))).toBe("healthy");
    expect(await finding(check(port, { type, answer: other }))).toMatch(`no ${type} record is '${other}', but '`);
  });

  test("one of several records is enough", async () => {
    const records = ["192.0.2.1", "192.0.2.2"].map((data): dns.Answer => ({ type: "A", name: "example.net", data }));
    const port = await answering({ ...good, answers: records });
    expect(await finding(check(port, { type: "A", answer: "192.0.2.2" }))).toBe("healthy");
    expect(await finding(check(port, { type: "A", answer: "192.0.2.3" }))).toBe(
      "no A record is '192.0.2.3', but '192.0.2.1', '192.0.2.2'",
    );
  });

  test("a code other than NOERROR may be the wanted one, and needs no record", async () => {
    const port = await answering({ flags: dns.AUTHORITATIVE_ANSWER | 3 });
    expect(await finding(check(port, { rcode: "NXDOMAIN" }))).toBe("healthy");
    expect(await finding(check(await answering(good), { rcode: "NXDOMAIN" }))).toBe("NOERROR, not NXDOMAIN");
  });

  test.each<["ad" | "ra" | "tc", number, string]>([
    ["ad", dns.AUTHENTIC_DATA, "the answer is not validated (flag ad)"],
    ["ra", dns.RECURSION_AVAILABLE, "the server offers no recursion (flag ra)"],
    ["tc", dns.TRUNCATED_RESPONSE, "the answer is not truncated (flag tc)"],
  ])("the flag %s", async (flag, bit, cause) => {
    expect(await finding(check(await answering({ ...good, flags: bit }), { flags: [flag] }))).toBe("healthy");
    expect(await finding(check(await answering(good), { flags: [flag] }))).toBe(cause);
  });

  test("a resolver is asked to resolve and to validate", async () => {
    const asked: boolean[] = [];
    const port = await udpServer((datagram) => {
      const query = dns.decode(datagram);
      asked.push(query.flag_rd, query.flag_ad);
      return [reply(query, { ...good, flags: dns.AUTHENTIC_DATA })];
    });
    expect(await finding(check(port, { flags: ["ad"] }))).toBe("healthy");
    expect(asked).toEqual([true, true]);
  });
});

describe("the serial beside other servers'", () => {
  test.each<[number, number, number, string]>([
    [5, 5, 0, "healthy"],
    [6, 5, 0, "healthy"],
    [5, 7, 2, "healthy"],
    [4, 7, 2, "serial 4 is 3 behind 7 of 127.0.0.2, more than 2"],
    [4_294_967_295, 1, 2, "healthy"],
    [4_294_967_294, 1, 2, "serial 4294967294 is 3 behind 1 of 127.0.0.2, more than 2"],
  ])("%i beside %i, at most %i behind: %s", async (mine, other, most, expected) => {
    expect(await finding(check(await pair(mine, having(other)), beside(most)))).toBe(expected);
  });

  test("a server that refuses does not count", async () => {
    const port = await pair(1, (datagram) => [reply(dns.decode(datagram), { flags: 5 })]);
    expect(await finding(check(port, beside(0)))).toBe("healthy");
  });

  test("a silent server delays the first probe by half its timeout, and no later one", async () => {
    const port = await pair(1, () => []);
    const made = makeCheck(agentCheckSchema.parse({ ...check(port, beside(0)), timeout: 400 }));
    const took = async (): Promise<number> => {
      const began = performance.now();
      expect(await findingOf(made)).toBe("healthy");
      return performance.now() - began;
    };
    expect(await took()).toBeGreaterThan(190);
    expect(await took()).toBeLessThan(100);
  });

  test("is asked of others rarely, however often the check probes", async () => {
    let asked = 0;
    const port = await pair(1, (datagram) => {
      asked++;
      return having(1)(datagram);
    });
    const made = makeCheck(agentCheckSchema.parse(check(port, beside(0))));
    for (let count = 0; count < 20; count++) expect(await findingOf(made)).toBe("healthy");
    expect(asked).toBe(1);
  });
});

test("RFC 1982: behind is never more than half the circle, and nobody is behind who is ahead", () => {
  const serial = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(serial, fc.integer({ min: 1, max: 2 ** 31 - 1 }), (one, distance) => {
      const newer = (one + distance) % 2 ** 32;
      expect(behind(one, newer)).toBe(distance);
      expect(behind(newer, one)).toBe(0);
      expect(behind(one, one)).toBe(0);
    }),
  );
});

/** How many UDP sockets this process has open. */
const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "UDPWrap").length;

test("no socket is left, whatever happened", async () => {
  const probes = [await answering(good), await udpServer(() => []), await closedPort()].map((port) =>
    finding(check(port), 50),
  );
  await Promise.all(probes);
  const seen = createSocket("udp4").bind(0, "127.0.0.1");
  onTestFinished(() => void seen.close());
  await once(seen, "listening");
  // The two servers of this test, and one that shows that open ones are counted.
  await expect.poll(sockets, { timeout: 4000 }).toBe(3);
});
