import { expect, test } from "vitest";
import { SimulatedNetwork } from "../testing/simulated-network.ts";
import type { OwnState } from "./fleet.ts";

const PREFIX = "203.0.113.0/24";
const UP: OwnState = { announces: true, drained: false, claim: "none", badness: 0 };
const SHEDS: OwnState = { announces: false, drained: false, claim: "asks", badness: 0 };

test("every site of many hears within a second that one is withdrawn for load, and that it is no more", () => {
  const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
  const network = new SimulatedNetwork({ names });
  const sheds = (): number =>
    [...network.sites.values()].filter(({ fleet }) => fleet.view().prefix(PREFIX).sheds).length;
  for (const name of names) network.publish(name, UP);
  network.time.pass(3000);
  expect(sheds()).toBe(0);
  network.publish("s7", SHEDS);
  network.time.pass(1000);
  expect(sheds()).toBe(19);
  network.time.pass(5000);
  expect(sheds()).toBe(19);
  network.publish("s7", UP);
  network.time.pass(1000);
  expect(sheds()).toBe(0);
});
