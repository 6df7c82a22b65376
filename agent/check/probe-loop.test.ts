import { expect, test } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import type { Check, ProbeResult } from "./check.ts";
import { ProbeLoop } from "./probe-loop.ts";

function setUp(probe: Check["probe"]): { clock: FakeClock; results: ProbeResult[]; loop: ProbeLoop } {
  const clock = new FakeClock();
  const results: ProbeResult[] = [];
  const loop = new ProbeLoop({ label: "test", probe }, { every: 1000, timeout: 300 }, clock, (result) => {
    results.push(result);
  });
  return { clock, results, loop };
}

test("probes at once and then at every interval, counted from start to start", async () => {
  const { clock, results } = setUp(async () => clock.advance(0));
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

test("a probe that throws is a failure with its words", async () => {
  const { clock, results } = setUp(async () => {
    throw new Error("SERVFAIL");
  });
  await clock.advance(0);
  expect(results).toEqual([{ ok: false, took: 0, cause: "SERVFAIL" }]);
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
