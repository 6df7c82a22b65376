import { beforeEach, describe, expect, test } from "vitest";
import type { AgentCheck, AgentConfig } from "../../model/agent-config.ts";
import type { Check } from "../check/check.ts";
import type { AgentEvent } from "../events.ts";
import { service, siteConfig, tcp } from "../testing/config.ts";
import { NOTHING_KNOWN } from "../fleet/fleet.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { RecordingAnnouncer } from "../testing/recorder.ts";
import { AGENT_ITSELF } from "../state/saved-state.ts";
import { MemoryStore, surroundings } from "../testing/surroundings.ts";
import { SiteAgent } from "./site-agent.ts";

const V4 = "203.0.113.0/24";
const V6 = "2001:db8:53::/48";

let clock: FakeClock;
let announcer: RecordingAnnouncer;
let log: string[];
/** What the service at a port does. */
let services: Map<number, "answers" | "fails" | "hangs">;
/** When it was probed. */
let probed: number[];

beforeEach(() => {
  clock = new FakeClock();
  announcer = new RecordingAnnouncer(clock);
  log = [];
  services = new Map();
  probed = [];
});

function makeCheck(config: AgentCheck): Check {
  const port = config.kind === "tcp" ? config.port : 0;
  return {
    label: `port ${port}`,
    probe: () => {
      probed.push(clock.now());
      switch (services.get(port) ?? "answers") {
        case "answers":
          return Promise.resolve();
        case "fails":
          return Promise.reject(new Error("refused"));
        case "hangs":
          return new Promise(() => {});
      }
    },
  };
}

function start(config: AgentConfig = siteConfig()): SiteAgent {
  return new SiteAgent(config, surroundings(clock, makeCheck, { announcer, tell }));
}

function tell(event: AgentEvent): void {
  if (event.event === "transition") log.push(`${event.prefix}: ${event.from} -> ${event.to}: ${event.cause}`);
}

const both = (state: "full" | "drained"): string[] => [`${V4} ${state}`, `${V6} ${state}`];

/** A site whose service has two checks that differ in their timing alone. */
function twice(every: number): AgentConfig {
  const checks = [tcp(53, { every, fall: 9 }), tcp(53, { every: 3 * every, fall: 1 })];
  return siteConfig({ services: { dns: service(checks) } });
}

/** Lets time pass in which the same configuration is loaded again and again. */
async function reloadEvery50(agent: SiteAgent, milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 50) {
    agent.reload(siteConfig());
    await clock.advance(Math.min(50, left));
  }
}

describe("announcing", () => {
  test("comes only after as many successes as `rise` says (safety 4)", async () => {
    start();
    await clock.advance(999);
    expect(announcer.announced()).toEqual([]);
    await clock.advance(1);
    expect(announcer.announced()).toEqual(both("full"));
  });

  test("never comes when the service is dead from the start", async () => {
    services.set(53, "fails");
    start();
    await clock.advance(10_000);
    expect(announcer.calls.filter((call) => !call.endsWith("withdrawn"))).toEqual([]);
  });

  test("goes on without a gap while the service is healthy", async () => {
    start();
    await clock.advance(1000);
    for (let second = 0; second < 60; second++) {
      await clock.advance(1000);
      expect(announcer.announced()).toEqual(both("full"));
    }
    expect(log).toHaveLength(2);
  });

  test("is in the drained state when the configuration says so", async () => {
    start(siteConfig({ state: "drained" }));
    await clock.advance(1000);
    expect(announcer.announced()).toEqual(both("drained"));
  });
});

describe("withdrawing", () => {
  test("comes with the last failure that `fall` asks for, and announcing again after `rise` successes", async () => {
    start();
    await clock.advance(5500);
    services.set(53, "fails");
    await clock.advance(500);
    expect(announcer.announced()).toEqual(both("full"));
    await clock.advance(1000);
    expect(announcer.announced()).toEqual([]);
    services.set(53, "answers");
    await clock.advance(1999);
    expect(announcer.announced()).toEqual([]);
    await clock.advance(1);
    expect(announcer.announced()).toEqual(both("full"));
  });

  test("comes at the timeout when the service hangs", async () => {
    start();
    await clock.advance(5500);
    services.set(53, "hangs");
    await clock.advance(1999);
    expect(announcer.announced()).toEqual(both("full"));
    await clock.advance(1);
    expect(announcer.announced()).toEqual([]);
  });

  test("is told with its cause", async () => {
    start();
    await clock.advance(1000);
    services.set(53, "fails");
    await clock.advance(2000);
    expect(log.at(-1)).toBe(`${V6}: full -> withdrawn: dns: port 53: refused`);
  });

  test("concerns only the prefixes of the service", async () => {
    const config = siteConfig();
    const [first, second] = config.prefixes;
    if (first === undefined || second === undefined) throw new Error("two prefixes are needed");
    start({
      ...config,
      services: { ...config.services, web: service([tcp(80)]) },
      prefixes: [first, { ...second, services: ["web"] }],
    });
    await clock.advance(1000);
    services.set(80, "fails");
    await clock.advance(2000);
    expect(announcer.announced()).toEqual([`${V4} full`]);
  });
});

describe("a marker is renewed only by the progress of the checks", () => {
  test("a process that stops lets it expire, and announces again only after `rise` successes", async () => {
    start();
    await clock.advance(5000);
    clock.freeze(20_000);
    expect(announcer.announced()).toEqual([]);
    services.set(53, "hangs");
    await clock.advance(400);
    expect(announcer.announced()).toEqual([]);
    services.set(53, "answers");
    await clock.advance(1500);
    expect(announcer.announced()).toEqual([]);
    await clock.advance(1500);
    expect(announcer.announced()).toEqual(both("full"));
  });

  test("a process that stops between two failures withdraws with the second, before it expires", async () => {
    start();
    await clock.advance(4900);
    services.set(53, "hangs");
    await clock.advance(1100);
    clock.freeze(2600);
    expect(announcer.announced()).toEqual(both("full"));
    await clock.advance(0);
    expect(announcer.announced()).toEqual([]);
  });

  test("timers that run do not renew it when the checks hang", async () => {
    const stuck: AgentConfig = siteConfig();
    const around = surroundings(
      clock,
      (config) => ({
        label: "stuck after two",
        probe: () =>
          clock.now() <= 1000 ? makeCheck(config).probe(new AbortController().signal) : new Promise(() => {}),
      }),
      { announcer, tell },
    );
    const agent = new SiteAgent(stuck, {
      ...around,
      clock: {
        now: () => clock.now(),
        wall: () => clock.wall(),
        setTimer: (time, callback) => (time === 1000 ? clock.setTimer(time, callback) : () => {}),
      },
    });
    await clock.advance(1000);
    expect(announcer.announced()).toEqual(both("full"));
    await clock.advance(6000);
    expect(announcer.announced()).toEqual([]);
    expect(agent.report().prefixes[0]?.wanted).toBe("withdrawn");
  });
});

describe("starting anew", () => {
  test("what is still announced goes on when the first checks succeed in time", async () => {
    announcer.leftBehind(V4, "full", 2500);
    start();
    for (let step = 0; step < 100; step++) {
      await clock.advance(100);
      expect(announcer.announced()).toContain(`${V4} full`);
    }
  });

  test("what is still announced is withdrawn when the service turns out dead", async () => {
    services.set(53, "fails");
    announcer.leftBehind(V4, "full", 2500);
    start();
    await clock.advance(1000);
    expect(announcer.announced()).toEqual([]);
  });
});

describe("a hold", () => {
  test("withdraws at once, and lets go at once when the service is still healthy", async () => {
    const agent = start();
    await clock.advance(3000);
    const release = await agent.hold("maintenance");
    expect(announcer.announced()).toEqual([]);
    await clock.advance(5000);
    expect(announcer.announced()).toEqual([]);
    expect(agent.report().held).toBe("maintenance");
    release();
    expect(announcer.announced()).toEqual(both("full"));
    expect(agent.report().held).toBeNull();
  });

  test("drains first, keeps drained by hand what is, and comes back the same way", async () => {
    const agent = start();
    await clock.advance(3000);
    await agent.drain({ reason: "new line", by: "ann" }, undefined);
    const seen: string[][] = [];
    let end: (() => void) | undefined;
    for (const state of ["drained", "withdrawn", "drained"] as const) {
      const next = await agent.hold("maintenance", state);
      end?.();
      end = next;
      await clock.advance(2000);
      seen.push(announcer.announced());
    }
    expect(seen).toEqual([both("drained"), [], both("drained")]);
    end?.();
    await clock.advance(2000);
    expect(announcer.announced()).toEqual(both("drained"));
    expect(agent.report().prefixes[0]?.cause).toBe("drained by hand: new line");
    agent.undrain({ reason: "done", by: "ann" });
    expect(announcer.announced()).toEqual(both("full"));
  });

  test("lasts until the last of several is released", async () => {
    const agent = start();
    await clock.advance(3000);
    const [first, second] = [await agent.hold("one"), await agent.hold("two")];
    first();
    first();
    await clock.advance(2000);
    expect(announcer.announced()).toEqual([]);
    second();
    expect(announcer.announced()).toEqual(both("full"));
  });
});

describe("another configuration", () => {
  test("with the same checks flaps nothing, and another state comes without a gap", async () => {
    const agent = start();
    await clock.advance(3000);
    agent.reload(siteConfig({ state: "drained" }));
    expect(announcer.announced()).toEqual(both("drained"));
    await clock.advance(10_000);
    expect(announcer.announced()).toEqual(both("drained"));
  });

  test("with another timing keeps what was seen", async () => {
    const agent = start();
    await clock.advance(3000);
    agent.reload(siteConfig({ services: { dns: service([tcp(53, { every: 5000, rise: 3 })]) } }));
    await clock.advance(20_000);
    expect(log).toHaveLength(2);
  });

  test("comes twice just after a service died: no probe is added and none is lost", async () => {
    const agent = start();
    await clock.advance(1900);
    services.set(53, "fails");
    agent.reload(siteConfig());
    agent.reload(siteConfig());
    await clock.advance(1099);
    expect(probed).toEqual([0, 1000, 2000]);
    expect(announcer.announced()).toEqual(both("full"));
    await clock.advance(1);
    expect(announcer.announced()).toEqual([]);
  });

  test.each([
    ["fails", 2000],
    ["hangs", 2500],
  ] as const)("ever again neither puts off nor hastens the withdrawal of a service that %s", async (does, due) => {
    const agent = start();
    await clock.advance(3000);
    services.set(53, does);
    await reloadEvery50(agent, due - 1);
    expect(announcer.announced()).toEqual(both("full"));
    await clock.advance(1);
    expect(announcer.announced()).toEqual([]);
  });

  test("ever again neither puts off nor hastens announcing", async () => {
    services.set(53, "fails");
    const agent = start();
    await clock.advance(3000);
    services.set(53, "answers");
    await reloadEvery50(agent, 1999);
    expect(announcer.announced()).toEqual([]);
    await clock.advance(1);
    expect(announcer.announced()).toEqual(both("full"));
  });

  test("with the timings of two checks of one address changed keeps them apart", async () => {
    const agent = start(twice(1000));
    await clock.advance(3500);
    expect(announcer.announced()).toEqual(both("full"));
    agent.reload(twice(500));
    probed = [];
    await clock.advance(3000);
    expect(probed).toEqual([3500, 4000, 4500, 4500, 5000, 5500, 6000, 6000, 6500]);
  });

  test("probes no more what is not in it", async () => {
    const agent = start();
    await clock.advance(1500);
    agent.reload(siteConfig({ services: { dns: service([tcp(80)]) } }));
    probed = [];
    await clock.advance(2000);
    expect(probed).toEqual([2500, 3500]);
  });

  test("withdraws a prefix that is not in it", async () => {
    const agent = start();
    await clock.advance(3000);
    agent.reload(siteConfig({ prefixes: siteConfig().prefixes.slice(0, 1) }));
    expect(announcer.announced()).toEqual([`${V4} full`]);
  });

  test("takes nothing for granted of a check that is new", async () => {
    const agent = start();
    await clock.advance(3000);
    services.set(80, "fails");
    agent.reload(siteConfig({ services: { dns: service([tcp(53), tcp(80)]) } }));
    await clock.advance(1000);
    expect(announcer.announced()).toEqual([]);
  });
});

test("a site of which nobody knows what people had ordered is drained, and says so, until 'undrain'", async () => {
  const told: string[] = [];
  const drain = { reason: "nobody knows", by: AGENT_ITSELF, since: new Date(0).toISOString(), until: null };
  const store = new MemoryStore();
  store.saved = { ...store.saved, drain };
  const tellAbout = (event: AgentEvent): void => {
    if ("about" in event) told.push(`${event.event} ${event.about}`);
  };
  const agent = new SiteAgent(siteConfig(), surroundings(clock, makeCheck, { announcer, store, tell: tellAbout }));
  await clock.advance(5000);
  expect(announcer.announced()).toEqual(both("drained"));
  expect(told).toEqual(["alarm drain"]);
  agent.undrain({ reason: "looked at", by: "ann" });
  expect(announcer.announced()).toEqual(both("full"));
  expect(told).toEqual(["alarm drain", "cleared drain"]);
});

test("stopping withdraws and ends everything", async () => {
  const agent = start();
  await clock.advance(3000);
  agent.stop();
  expect(announcer.announced()).toEqual([]);
  expect(announcer.calls.at(-1)).toBe("closed");
  const calls = announcer.calls.length;
  await clock.advance(10_000);
  expect(announcer.calls).toHaveLength(calls);
});

test("prefixes that fail together are all withdrawn before anybody is told, and then kept and told of once", async () => {
  const happened: string[] = [];
  const names = Array.from({ length: 100 }, (_, index) => `web${index}`);
  const config = siteConfig({
    services: Object.fromEntries(names.map((name, index) => [name, service([tcp(index, { fall: 1, rise: 1 })])])),
    prefixes: names.map((name, index) => ({
      ...siteConfig().prefixes[0]!,
      cidr: `100.64.${index}.0/24`,
      services: [name],
    })),
  });
  const fleet = { view: () => ({ heard: 0, expected: false, prefix: () => NOTHING_KNOWN }), close: () => {} };
  const around = surroundings(clock, makeCheck, {
    announcer,
    fleet: {
      ...fleet,
      publish: (own) => happened.push(`told ${[...own.values()].filter((one) => one.announces).length}`),
    },
  });
  const agent = new SiteAgent(config, around);
  await clock.advance(900);
  announcer.withdraw = () => happened.push("withdrawn");
  around.store.save = () => happened.push("kept");
  for (const name of names) services.set(names.indexOf(name), "fails");
  happened.length = 0;
  await clock.advance(200);
  expect(happened.slice(0, 100)).toEqual(names.map(() => "withdrawn"));
  expect(happened.slice(100).toSorted()).toEqual(["kept", "told 0"]);
  agent.stop();
});
