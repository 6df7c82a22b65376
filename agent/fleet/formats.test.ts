import { expect, test } from "vitest";
import { SimulatedNetwork } from "../testing/simulated-network.ts";
import type { OwnState } from "./fleet.ts";

const PREFIX = "203.0.113.0/24";
const UP: OwnState = { announces: true, drained: false, claim: "none", badness: 0 };
const NAMES = ["a", "b", "c", "d"];

function announcing(network: SimulatedNetwork): number[] {
  return [...network.sites.values()].map(({ fleet }) => fleet.view().prefix(PREFIX).announcing);
}

/** The formats of what was sent lately, by sender and receiver. */
function formats(network: SimulatedNetwork): Set<number | undefined> {
  network.captured = [];
  network.time.pass(1000);
  return new Set(network.captured.map(({ message }) => message[0]));
}

test("a network that is upgraded site by site, and taken back, never falls silent", () => {
  const network = new SimulatedNetwork({ names: NAMES, weather: { loss: 0.05, duplication: 0.05, delay: [5, 80] } });
  const begin = (name: string): void => {
    network.kill(name);
    network.start(name);
    network.publish(name, UP);
  };
  const restart = (name: string, isOld: boolean): void => {
    network.old = new Set(isOld ? [...network.old, name] : [...network.old].filter((other) => other !== name));
    begin(name);
    network.time.pass(1500);
    expect(announcing(network)).toEqual([3, 3, 3, 3]);
  };
  network.old = new Set(NAMES);
  for (const name of NAMES) begin(name);
  network.time.pass(1500);
  expect(formats(network)).toEqual(new Set([1]));
  for (const name of NAMES) restart(name, false);
  expect(formats(network)).toEqual(new Set([2]));
  for (const name of NAMES) restart(name, true);
  expect(formats(network)).toEqual(new Set([1]));
  restart("b", false);
  network.old = new Set();
  for (const name of ["a", "c", "d"]) restart(name, false);
  expect(formats(network)).toEqual(new Set([2]));
});

test("news about sites that the network does not have is ignored", () => {
  const network = new SimulatedNetwork({ names: NAMES });
  for (const name of NAMES) network.publish(name, UP);
  network.time.pass(1500);
  expect(announcing(network)).toEqual([3, 3, 3, 3]);
  network.known = ["a", "b", "c"];
  for (const name of ["a", "b", "c"]) {
    network.kill(name);
    network.start(name);
    network.publish(name, UP);
  }
  network.time.pass(1500);
  expect(announcing(network).toSorted((a, b) => a - b)).toEqual([2, 2, 2, 3]);
});
