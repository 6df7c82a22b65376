import { describe, expect, test } from "vitest";
import { service, tcp } from "../testing/config.ts";
import { onePrefix, takeHandoverFrom, type AgentUnderTest } from "../testing/agent-under-test.ts";

/** A site that announces in full. */
async function running(): Promise<AgentUnderTest> {
  const site = takeHandoverFrom(undefined);
  await site.clock.advance(3000);
  expect(site.announced()).toEqual(["full"]);
  return site;
}

describe("an agent that follows another", () => {
  test("goes on announcing with the first success, and tells no transition", async () => {
    let site = await running();
    const told = site.around.moments.length;
    site = takeHandoverFrom(site, {
      gap: 8000,
      config: onePrefix({ services: { dns: service([tcp(53, { rise: 9 })]) } }),
    });
    expect(site.announced()).toEqual(["full"]);
    for (let step = 0; step < 100; step++) {
      await site.clock.advance(100);
      expect(site.announced()).toEqual(["full"]);
    }
    expect(site.around.moments).toHaveLength(told);
  });

  test("withdraws when the service has died meanwhile", async () => {
    let site = await running();
    site.does = "fails";
    site = takeHandoverFrom(site);
    expect(site.announced()).toEqual(["full"]);
    await site.clock.advance(1000);
    expect(site.announced()).toEqual([]);
  });

  test("lets what it cannot confirm expire, which counts", async () => {
    let site = await running();
    site.does = "hangs";
    site = takeHandoverFrom(site, { config: onePrefix({ services: { dns: service([tcp(53, { fall: 99 })]) } }) });
    await site.clock.advance(9000);
    expect(site.announced()).toEqual(["full"]);
    await site.clock.advance(2000);
    expect(site.announced()).toEqual([]);
    expect(site.agent.report().prefixes[0]).toMatchObject({ wanted: "withdrawn", budgetLeft: 1 });
  });

  test("too late checks as at any start, and the end of the one before counts for nothing", async () => {
    const site = takeHandoverFrom(await running(), { gap: 11_000 });
    await site.clock.advance(999);
    expect(site.announced()).toEqual([]);
    await site.clock.advance(1);
    expect(site.announced()).toEqual(["full"]);
    expect(site.agent.report().prefixes[0]?.budgetLeft).toBe(2);
  });

  test("that asks something else checks as at any start", async () => {
    const config = onePrefix({ services: { dns: service([tcp(54, { every: 5000, rise: 9 })]) } });
    const site = takeHandoverFrom(await running(), { config });
    await site.clock.advance(11_000);
    expect(site.announced()).toEqual([]);
  });

  test("that died checks as at any start, and the death counts as a withdrawal (safety 8)", async () => {
    const site = takeHandoverFrom(await running(), { died: true });
    expect(site.announced()).toEqual([]);
    await site.clock.advance(1000);
    expect(site.announced()).toEqual(["full"]);
    expect(site.agent.report().prefixes[0]?.budgetLeft).toBe(1);
  });
});

describe("what people switched survives", () => {
  const by = { reason: "new line", by: "ann" };

  test("a drain, until its time is over", async () => {
    let site = await running();
    await site.agent.drain(by, 60_000);
    expect(site.announced()).toEqual(["drained"]);
    site = takeHandoverFrom(site, { died: true });
    await site.clock.advance(30_000);
    expect(site.announced()).toEqual(["drained"]);
    expect(site.agent.report().drain).toMatchObject(by);
    expect(site.agent.report().prefixes[0]?.next).toMatch(/^full again at /);
    await site.clock.advance(30_000);
    expect(site.announced()).toEqual(["full"]);
    expect(site.agent.report().drain).toBeNull();
  });

  test("a freeze (safety 16)", async () => {
    let site = await running();
    site.agent.freeze(by);
    site = takeHandoverFrom(site);
    site.does = "fails";
    await site.clock.advance(30_000);
    expect(site.announced()).toEqual(["full"]);
    site.agent.thaw(by);
    expect(site.announced()).toEqual([]);
  });

  test("a freeze announces again what a death withdrew, as it was, once the checks succeed", async () => {
    let site = await running();
    site.agent.freeze(by);
    site.does = "fails";
    site = takeHandoverFrom(site, { died: true });
    await site.clock.advance(10_000);
    expect(site.announced()).toEqual([]);
    // Nobody could tell how long that agent would live.
    site = takeHandoverFrom(site, { died: true });
    site.does = "answers";
    await site.clock.advance(3000);
    expect(site.announced()).toEqual(["full"]);
    site.does = "fails";
    await site.clock.advance(10_000);
    expect(site.announced()).toEqual(["full"]);
  });

  test("a freeze of a drained site announces it drained after a death, also when the drain has ended", async () => {
    let site = await running();
    await site.agent.drain(by, undefined);
    site.agent.freeze(by);
    site.agent.undrain(by);
    expect(site.announced()).toEqual(["drained"]);
    site = takeHandoverFrom(site, { died: true });
    await site.clock.advance(10_000);
    expect(site.announced()).toEqual(["drained"]);
    site.agent.thaw(by);
    expect(site.announced()).toEqual(["full"]);
  });

  test("a freeze of a withdrawn site announces nothing after a death", async () => {
    let site = await running();
    site.does = "fails";
    await site.clock.advance(5000);
    site.agent.freeze(by);
    site.does = "answers";
    site = takeHandoverFrom(site, { died: true });
    await site.clock.advance(30_000);
    expect(site.announced()).toEqual([]);
  });

  test("a freeze outlives what an apply withdraws, also one that came in the middle of it", async () => {
    const site = await running();
    for (const middle of [false, true]) {
      if (!middle) site.agent.freeze(by);
      const release = await site.agent.hold("an apply");
      if (middle) site.agent.freeze(by);
      expect(site.announced()).toEqual([]);
      release();
      expect(site.announced()).toEqual(["full"]);
      site.agent.thaw(by);
    }
  });

  test("a freeze of an older agent is completed by what that one handed over", async () => {
    let site = await running();
    site.agent.freeze(by);
    const { saved } = site.around.store;
    site.around.store.saved = { ...saved, freeze: { ...saved.freeze!, routes: null } };
    site = takeHandoverFrom(site);
    await site.clock.advance(3000);
    site = takeHandoverFrom(site, { died: true });
    await site.clock.advance(3000);
    expect(site.announced()).toEqual(["full"]);
  });
});

function stop(site: AgentUnderTest): void {
  site.does = "fails";
  site.agent.serviceEvent("knot.service");
}

describe("a service whose unit", () => {
  test("has ended is withdrawn with one failed probe, whatever `fall` says", async () => {
    const config = onePrefix({ services: { dns: service([tcp(53, { fall: 9 })], { unit: "knot.service" }) } });
    const site = takeHandoverFrom(undefined, { config });
    await site.clock.advance(3100);
    stop(site);
    await site.clock.advance(0);
    expect(site.announced()).toEqual([]);
  });

  test("has ended and answers again is not withdrawn", async () => {
    const site = await running();
    site.agent.serviceEvent("knot.service");
    await site.clock.advance(5000);
    expect(site.announced()).toEqual(["full"]);
  });

  test("is not its own is not concerned", async () => {
    const site = await running();
    site.does = "fails";
    site.agent.serviceEvent("nginx.service");
    site.agent.stopping("nginx.service");
    await site.clock.advance(10);
    expect(site.announced()).toEqual(["full"]);
  });

  test("is about to stop is withdrawn before, and comes back after `rise` successes; that is no flap (safety 4)", async () => {
    const site = await running();
    for (let round = 0; round < 5; round++) {
      site.agent.stopping("knot.service");
      expect(site.announced()).toEqual([]);
      // It still answers for a while.
      await site.clock.advance(5000);
      expect(site.announced()).toEqual([]);
      stop(site);
      await site.clock.advance(3000);
      site.does = "answers";
      expect(site.announced()).toEqual([]);
      await site.clock.advance(2000);
      expect(site.announced()).toEqual(["full"]);
    }
    expect(site.agent.report().prefixes[0]?.budgetLeft).toBe(2);
  });

  test("was to stop and did not comes back after 90 s", async () => {
    const site = await running();
    site.agent.stopping("knot.service");
    await site.clock.advance(89_000);
    expect(site.announced()).toEqual([]);
    await site.clock.advance(3000);
    expect(site.announced()).toEqual(["full"]);
  });
});

test("a reset forgets the withdrawals", async () => {
  const site = await running();
  for (let flap = 0; flap < 2; flap++) {
    site.does = "fails";
    await site.clock.advance(3000);
    site.does = "answers";
    await site.clock.advance(3000);
  }
  expect(site.announced()).toEqual([]);
  site.agent.reset({ reason: "mended", by: null });
  expect(site.announced()).toEqual(["full"]);
});
