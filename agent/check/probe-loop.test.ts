import { getEventListeners } from "node:events";
import * as fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { agentCheckSchema, type AgentCheckInput } from "../../model/agent-config.ts";
import { systemClock } from "../clock.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { tcpServer, udpServer } from "../testing/loopback.ts";
import { Silence, type Check, type ProbeResult } from "./check.ts";
import { makeCheck } from "./make.ts";
import { ProbeLoop } from "./probe-loop.ts";

type TimedProbe = (signal: AbortSignal, clock: FakeClock) => Promise<void>;

/** Without jitter, unless `random` says otherwise. */
function setUp(
  probe: TimedProbe,
  random = (): number => 0.5,
): { clock: FakeClock; results: ProbeResult[]; loop: ProbeLoop } {
  const clock = new FakeClock();
  const results: ProbeResult[] = [];
  const check: Check = { label: "test", probe: (signal) => probe(signal, clock) };
  const tell = (result: ProbeResult): void => void results.push(result);
  const loop = new ProbeLoop(check, { every: 1000, timeout: 300 }, clock, tell, random);
  return { clock, results, loop };
}

test("probes at once and then at every interval, counted from start to start", async () => {
  const { clock, results } = setUp(async () => {});
  await clock.advance(3500);
  expect(results).toHaveLength(4);
});

test("a probe that never ends is a failure at its timeout, and is told to give up", async () => {
  let signal: AbortSignal | undefined;
  const { clock, results } = setUp((given) => {
    signal = given;
    return new Promise(() => {});
  });
  await clock.advance(299);
  expect(results).toEqual([]);
  await clock.advance(1);
  expect(results).toEqual([{ ok: false, took: 300, cause: "no answer within 300 ms" }]);
  expect(signal?.aborted).toBe(true);
  await clock.advance(1000);
  expect(results).toHaveLength(2);
});

test("all probes have the same signal until one is given up", async () => {
  const given = new Set<AbortSignal>();
  let probes = 0;
  const { clock, loop } = setUp(async (signal) => {
    given.add(signal);
    if (++probes === 3) await new Promise(() => {});
  });
  await clock.advance(2000);
  expect([given.size, [...given].map(({ aborted }) => aborted)]).toEqual([1, [false]]);
  await clock.advance(2000);
  expect([given.size, [...given].map(({ aborted }) => aborted)]).toEqual([2, [true, false]]);
  loop.stop();
});

test.each<AgentCheckInput>([
  { kind: "http", address: "127.0.0.1" },
  { kind: "http", address: "127.0.0.1", body: "ok" },
  { kind: "tcp", address: "127.0.0.1", port: 1 },
  { kind: "dns", address: "127.0.0.1", name: "example.net", transport: "tcp" },
  { kind: "dns", address: "127.0.0.1", name: "example.net" },
  { kind: "udp", address: "127.0.0.1", port: 1, send: "x", expect: "y" },
  { kind: "ntp", address: "127.0.0.1" },
  { kind: "command", argv: ["true"] },
])("a probe leaves nothing at its signal, which others have too: %j", async (input) => {
  const port = await tcpServer((socket) =>
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
  );
  await udpServer(() => ["no"], { port });
  const check = makeCheck(agentCheckSchema.parse({ ...input, ...("address" in input ? { port } : {}) }));
  onTestFinished(() => check.close?.());
  const { signal } = new AbortController();
  for (let probe = 0; probe < 3; probe++) await check.probe(signal).catch(() => undefined);
  await vi.waitFor(() => expect(getEventListeners(signal, "abort")).toEqual([]));
});

test("a probe that throws is a failure with its words", async () => {
  const { clock, results } = setUp(async () => {
    throw new Error("SERVFAIL");
  });
  await clock.advance(0);
  expect(results).toEqual([{ ok: false, took: 0, cause: "SERVFAIL" }]);
});

test("a probe that says nothing is no result, and the next one comes in time", async () => {
  const { clock, results, loop } = setUp(async (_, time) => {
    if (time.now() < 2000) throw new Silence("nobody answers");
  });
  await clock.advance(1999);
  expect(results).toEqual([]);
  await clock.advance(1);
  expect(results).toEqual([{ ok: true, took: 0 }]);
  loop.stop();
});

test("who may be silent and does not answer in time says nothing, and is told to give up", async () => {
  const clock = new FakeClock();
  const results: ProbeResult[] = [];
  const signals: AbortSignal[] = [];
  const probe = (signal: AbortSignal): Promise<void> => {
    signals.push(signal);
    return new Promise(() => {});
  };
  const check: Check = { label: "test", mayBeSilent: true, probe };
  const loop = new ProbeLoop(
    check,
    { every: 1000, timeout: 300 },
    clock,
    (result) => void results.push(result),
    () => 0.5,
  );
  await clock.advance(1500);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(results).toEqual([]);
  loop.stop();
});

test("another interval counts from the last probe's start, and the same one changes nothing", async () => {
  const { clock, results, loop } = setUp(async () => {});
  await clock.advance(400);
  for (const every of [1000, 1000, 700]) loop.setPace({ every, timeout: 300 });
  await clock.advance(299);
  expect(results).toHaveLength(1);
  await clock.advance(1);
  expect(results).toHaveLength(2);
  await clock.advance(200);
  loop.setPace({ every: 100, timeout: 300 });
  await clock.advance(0);
  expect(results).toHaveLength(3);
});

test("another timeout counts from the start of the probe under way, which stays the only one", async () => {
  let probed = 0;
  const { clock, results, loop } = setUp(() => {
    probed++;
    return new Promise(() => {});
  });
  await clock.advance(200);
  for (let change = 0; change < 5; change++) loop.setPace({ every: 1000, timeout: 250 });
  await clock.advance(49);
  expect(results).toEqual([]);
  await clock.advance(1);
  expect(results).toEqual([{ ok: false, took: 250, cause: "no answer within 250 ms" }]);
  expect(probed).toBe(1);
});

test("once stopped it tells nothing more, not even of a probe under way", async () => {
  const { clock, results, loop } = setUp((signal) => {
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("gave up"))));
  });
  loop.stop();
  await clock.advance(5000);
  expect(results).toEqual([]);
});

/** A probe that notes when it is made, ends after a while, and knows how many there were at a time. */
class Noting {
  readonly at: number[] = [];
  most = 0;
  private now = 0;
  private readonly takes: () => number;

  constructor(takes: () => number) {
    this.takes = takes;
  }

  readonly probe: TimedProbe = (signal, clock) =>
    new Promise((resolve, reject) => {
      this.at.push(clock.now());
      this.most = Math.max(this.most, ++this.now);
      const cancel = clock.setTimer(this.takes(), () => {
        this.now--;
        resolve();
      });
      signal.addEventListener("abort", () => {
        cancel();
        this.now--;
        reject(new Error("gave up"));
      });
    });
}

test("each interval is up to a tenth shorter or longer", async () => {
  const draws = [0, 1, 0.2, 0.5];
  const noting = new Noting(() => 0);
  const { clock } = setUp(noting.probe, () => draws.shift() ?? 0.5);
  await clock.advance(900 + 1100 + 900 + 1000);
  expect(noting.at).toEqual([0, 900, 2000, 2900, 3900]);
});

test("probes come to start at tenths of their interval, whenever the first one was", async () => {
  const noting = new Noting(() => 0);
  const { clock, loop } = setUp(noting.probe, () => 0.6);
  await clock.advance(140);
  loop.probeNow();
  await clock.advance(2000);
  expect(noting.at).toEqual([0, 140, 1200]);
});

test("probing now gives up the probe under way, without its result, and goes on from there", async () => {
  const noting = new Noting(() => 200);
  const { clock, results, loop } = setUp(noting.probe);
  await clock.advance(100);
  loop.probeNow();
  await clock.advance(199);
  expect(results).toEqual([]);
  await clock.advance(1);
  expect(results).toEqual([{ ok: true, took: 200 }]);
  await clock.advance(1000);
  expect(noting.at).toEqual([0, 100, 1100]);
  expect(noting.most).toBe(1);
});

test("probing now between two probes starts one at once", async () => {
  const { clock, results, loop } = setUp(async () => {});
  await clock.advance(400);
  loop.probeNow();
  await clock.advance(0);
  expect(results).toHaveLength(2);
  await clock.advance(999);
  expect(results).toHaveLength(2);
  await clock.advance(1);
  expect(results).toHaveLength(3);
});

test("once stopped, neither an event nor another pace starts it again", async () => {
  const { clock, results, loop } = setUp(async () => {});
  await clock.advance(0);
  loop.stop();
  loop.probeNow();
  loop.setPace({ every: 100, timeout: 50 });
  await clock.advance(5000);
  expect(results).toHaveLength(1);
});

test("whatever happens, one probe at a time, each with one result in time, and the next one within an interval", async () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constant("pass" as const), time: fc.integer({ min: 0, max: 1500 }) }),
    fc.constant({ kind: "now" as const }),
    fc.record({
      kind: fc.constant("pace" as const),
      every: fc.constantFrom(400, 1000),
      timeout: fc.constantFrom(150, 300),
    }),
  );
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 40 }),
      fc.infiniteStream(unit),
      fc.infiniteStream(fc.integer({ min: 0, max: 600 })),
      async (events, draws, durations) => {
        const noting = new Noting(() => durations.next().value);
        const { clock, results, loop } = setUp(noting.probe, () => draws.next().value);
        let askedNow = 0;
        for (const one of events) {
          if (one.kind === "pass") await clock.advance(one.time);
          else if (one.kind === "pace") loop.setPace(one);
          else {
            askedNow++;
            loop.probeNow();
          }
          expect(noting.most).toBeLessThanOrEqual(1);
        }
        await clock.advance(300);
        expect(results.length).toBeLessThanOrEqual(noting.at.length);
        expect(results.length).toBeGreaterThanOrEqual(noting.at.length - askedNow - 1);
        for (const { took } of results) expect(took).toBeLessThanOrEqual(300);
        for (const [index, at] of noting.at.entries())
          expect((noting.at[index + 1] ?? clock.now()) - at).toBeLessThanOrEqual(1100);
      },
    ),
  );
});

test("an answer that came while the agent did not run counts, although its time is over", async () => {
  const port = await tcpServer(() => {});
  const check = makeCheck(agentCheckSchema.parse({ kind: "tcp", address: "127.0.0.1", port }));
  const results: ProbeResult[] = [];
  const loop = new ProbeLoop(
    check,
    { every: 10_000, timeout: 100 },
    systemClock,
    (result) => void results.push(result),
  );
  onTestFinished(() => loop.stop());
  // The kernel opens the connection meanwhile.
  await new Promise((resolve) => process.nextTick(resolve));
  const end = performance.now() + 300;
  while (performance.now() < end);
  await expect.poll(() => results).toHaveLength(1);
  expect(results[0]).toMatchObject({ ok: true });
});
