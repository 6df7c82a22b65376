import { expect, test } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import type { Check, ProbeResult } from "./check.ts";
import { startProbeLoop } from "./probe-loop.ts";

function setUp(probe: Check["probe"]): { clock: FakeClock; results: ProbeResult[]; stop: () => void } {
  const clock = new FakeClock();
  const results: ProbeResult[] = [];
  const stop = startProbeLoop({ label: "test", probe }, { every: 1000, timeout: 300 }, clock, (result) => {
    results.push(result);
  });
  return { clock, results, stop };
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

test("once stopped it tells nothing more, not even of a probe under way", async () => {
  const { clock, results, stop } = setUp((signal) => {
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("gave up"))));
  });
  stop();
  await clock.advance(5000);
  expect(results).toEqual([]);
});
