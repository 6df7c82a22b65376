import { expect, test } from "vitest";
import { finding, udpServer } from "../testing/loopback.ts";

interface Answer {
  readonly leap?: number;
  readonly stratum?: number;
  /** Milliseconds that the server's clock is ahead. */
  readonly ahead?: number;
  readonly reference?: string;
}

/** As a server's answer in RFC 5905, written independently of the check. */
function answerTo(request: Buffer, { leap = 0, stratum = 2, ahead = 0, reference = "" }: Answer): Buffer {
  const reply = Buffer.alloc(48);
  reply[0] = (leap << 6) | (4 << 3) | 4;
  reply[1] = stratum;
  reply.write(reference, 12, "latin1");
  request.copy(reply, 24, 40, 48);
  const now = BigInt(Date.now() + ahead) + 2_208_988_800_000n;
  const timestamp = BigInt.asUintN(64, ((now / 1000n) << 32n) | (((now % 1000n) << 32n) / 1000n));
  reply.writeBigUInt64BE(timestamp, 32);
  reply.writeBigUInt64BE(timestamp, 40);
  return reply;
}

const server = (answer: Answer) => udpServer((request) => [answerTo(request, answer)]);
const ntp = (port: number, rest: { stratum?: number; offset?: number } = {}) =>
  ({ kind: "ntp", address: "127.0.0.1", port, ...rest }) as const;

test("a synchronized server with a good clock is healthy", async () => {
  expect(await finding(ntp(await server({}), { stratum: 2, offset: 100 }))).toBe("healthy");
});

test.each<[Answer, string]>([
  [{ stratum: 4 }, "stratum 4, more than 3"],
  [{ leap: 3 }, "the server is not synchronized"],
  [{ stratum: 16 }, "the server is not synchronized"],
  [{ stratum: 0, reference: "RATE" }, "the server refuses (RATE)"],
])("%j: %s", async (answer, cause) => {
  expect(await finding(ntp(await server(answer), { stratum: 3 }))).toBe(cause);
});

test.each([
  [5000, /^the clock is (49\d\d|50\d\d) ms ahead of the host's, more than 1000 ms$/],
  [-5000, /^the clock is (49\d\d|50\d\d) ms behind the host's, more than 1000 ms$/],
])("a clock that is %i ms ahead is a failure if it is asked for", async (ahead, cause) => {
  expect(await finding(ntp(await server({ ahead }), { offset: 1000 }))).toMatch(cause);
  expect(await finding(ntp(await server({ ahead })))).toBe("healthy");
});

test("the era of 2036 is known", async () => {
  const ahead = Date.UTC(2036, 1, 8) - Date.now();
  expect(await finding(ntp(await server({ ahead }), { offset: ahead + 1000 }))).toBe("healthy");
});

test("an answer to nobody's question is passed over", async () => {
  const port = await udpServer((request) => [answerTo(Buffer.alloc(48), { stratum: 15 }), answerTo(request, {})]);
  expect(await finding(ntp(port, { stratum: 2 }))).toBe("healthy");
});

test("what is no NTP message is a failure, silence lasts until the signal", async () => {
  expect(await finding(ntp(await udpServer(() => ["hello"])))).toBe("the answer is no NTP message of a server");
  expect(await finding(ntp(await udpServer((request) => [request])))).toBe("the answer is no NTP message of a server");
  expect(await finding(ntp(await udpServer(() => [])), 50)).toBe("given up");
});
