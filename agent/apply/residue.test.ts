import { expect, test } from "vitest";
import { FakeClock } from "../testing/fake-clock.ts";
import { untilQuiet, type Residue } from "./residue.ts";

const LIMITS = { residue: 2, patience: 30_000 };

/** Waits for a counter that is so at each moment; tells when that ended, in milliseconds. */
async function wait(
  count: (now: number) => number | undefined,
  limits = LIMITS,
): Promise<Residue & { readonly took: number }> {
  const clock = new FakeClock();
  const ended = untilQuiet(async () => count(clock.now()), limits, clock).then((residue) => ({
    ...residue,
    took: clock.now(),
  }));
  await clock.advance(40_000);
  return ended;
}

/** A counter: so many packets a second up to a moment, then so many. */
const falling =
  (before: number, moment: number, after: number) =>
  (now: number): number =>
    Math.floor((before * Math.min(now, moment) + after * Math.max(0, now - moment)) / 1000);

test("without traffic a second is enough to say so", async () => {
  expect(await wait(() => 7)).toEqual({
    isQuiet: true,
    took: 1000,
    text: "0 packets/s come after 1.0 s, as few as the residue",
  });
});

test("what still comes is waited for until it is as little as the residue", async () => {
  const { isQuiet, took } = await wait(falling(200, 4000, 1));
  expect(isQuiet).toBe(true);
  expect(took).toBeGreaterThanOrEqual(5000);
  expect(took).toBeLessThanOrEqual(5400);
});

test("what does not go away is waited for as long as the patience lasts, and told", async () => {
  expect(await wait(falling(200, Infinity, 0))).toEqual({
    isQuiet: false,
    took: 30_000,
    text: "200 packets/s still come after 30.0 s, the patience of the drain: going on",
  });
});

test("counters that cannot be read are waited for as long, and told", async () => {
  expect(await wait(() => undefined)).toEqual({
    isQuiet: false,
    took: 30_000,
    text: "the traffic cannot be counted after 30.0 s, the patience of the drain: going on",
  });
});

test("counters that were set to zero meanwhile say nothing of the time before", async () => {
  const { took } = await wait((now) => (now < 900 ? 1000 + now : 5));
  expect(took).toBeGreaterThanOrEqual(1900);
});

test("a patience shorter than a rate can be measured in is kept", async () => {
  expect(await wait(falling(200, Infinity, 0), { residue: 2, patience: 300 })).toMatchObject({
    isQuiet: false,
    took: 300,
  });
});
