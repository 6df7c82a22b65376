import { expect, test } from "vitest";
import { peerCheck } from "../check/peer.ts";
import type { ProbeResult } from "../check/check.ts";
import { service, tcp } from "../testing/config.ts";
import { onePrefix } from "../testing/agent-under-test.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { behaving, surroundings, type Behavior } from "../testing/surroundings.ts";
import { NOTHING_KNOWN, type Fleet, type OwnState } from "../fleet/fleet.ts";
import { SiteAgent } from "./site-agent.ts";

const DOWN: ProbeResult = { ok: false, took: 5, cause: "lhr says: connection refused (ECONNREFUSED)" };
const UP: ProbeResult = { ok: true, took: 5 };

/** A site with a check of its own and one that other sites make. */
function siteWithOutside(fleet?: Fleet) {
  const clock = new FakeClock();
  const told: { outside: ProbeResult | undefined; inside: Behavior; turns: number[] } = {
    outside: undefined,
    inside: "answers",
    turns: [],
  };
  const own = behaving("service", () => told.inside);
  const around = surroundings(
    clock,
    (check) =>
      check.from === "host"
        ? own
        : peerCheck(check, own, async (_, turn) => {
            told.turns.push(turn);
            return told.outside;
          }),
    { fleet },
  );
  const checks = [tcp(53), tcp(53, { address: "192.0.2.1", from: "peer" })];
  const agent = new SiteAgent(onePrefix({ services: { dns: service(checks, { unit: "knot.service" }) } }), around);
  return { clock, told, agent, announced: () => around.announcer.announced() };
}

const FULL = ["203.0.113.0/24 full"];

test("while no other site answers, its own checks decide alone", async () => {
  const { clock, told, agent, announced } = siteWithOutside();
  await clock.advance(3000);
  expect(announced()).toEqual(FULL);
  expect(told.turns).toEqual([0, 1, 2, 3]);
  expect(agent.report().services["dns"]).toMatchObject({
    verdict: "up",
    checks: [{ verdict: "up" }, { check: "service from another site", verdict: "unknown", last: null }],
  });
  told.inside = "fails";
  await clock.advance(2000);
  expect(announced()).toEqual([]);
  agent.stop();
});

test("what other sites find withdraws, and brings back; when they fall silent, it is as if they had said nothing", async () => {
  const { clock, told, agent, announced } = siteWithOutside();
  told.outside = UP;
  await clock.advance(3000);
  told.outside = DOWN;
  await clock.advance(1000);
  expect(announced()).toEqual(FULL);
  await clock.advance(1000);
  expect(announced()).toEqual([]);
  expect(agent.report().prefixes[0]?.cause).toBe(`dns: service from another site: ${DOWN.cause}`);
  told.outside = undefined;
  await clock.advance(7000);
  expect(announced()).toEqual(FULL);
  told.outside = DOWN;
  await clock.advance(3000);
  told.outside = UP;
  await clock.advance(2000);
  expect(agent.report().services["dns"]?.verdict).toBe("up");
  agent.stop();
});

test("the end of the service is confirmed from the host: one word of another site withdraws nothing", async () => {
  const { clock, told, agent, announced } = siteWithOutside();
  told.outside = UP;
  await clock.advance(3000);
  told.outside = DOWN;
  agent.serviceEvent("knot.service");
  await clock.advance(10);
  expect(announced()).toEqual(FULL);
  told.inside = "fails";
  agent.serviceEvent("knot.service");
  await clock.advance(10);
  expect(announced()).toEqual([]);
  agent.stop();
});

function textOf(own: ReadonlyMap<string, OwnState>): string {
  return [...own].map(([cidr, { announces, badness }]) => `${cidr} ${announces} ${badness}`).join();
}

test("an agent that withdraws and ends tells the other sites first", async () => {
  const said: string[] = [];
  const fleet: Fleet = {
    view: () => ({ heard: 0, expected: false, prefix: () => NOTHING_KNOWN }),
    publish: (own) => void said.push(textOf(own)),
    close: () => void said.push("closed"),
  };
  const { clock, agent } = siteWithOutside(fleet);
  await clock.advance(3000);
  said.length = 0;
  agent.stop();
  expect(said).toEqual(["203.0.113.0/24 false 4", "closed"]);
});
