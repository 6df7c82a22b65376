import { afterEach, expect, test, vi } from "vitest";
import { announces, SimulatedFleet, type Site } from "../testing/simulated-fleet.ts";

/** What a site answers in packets a second, and what comes to each without an attack. */
const CAPACITY = 20_000;
const USUAL = 2000;

/** Milliseconds that the load moves by at once. */
const STEP = 100;
const MINUTE = 60_000;

// Minutes of five sites: longer on a machine that is busy.
vi.setConfig({ testTimeout: 120_000 });

let fleet: SimulatedFleet;
afterEach(() => fleet?.stop());

/** Lets load come to the sites as their routes lead it: of each site that does not announce it goes to the next one, and so does the attack. */
async function pass(milliseconds: number, attack: number, look: () => void = () => {}): Promise<void> {
  const { sites } = fleet;
  const nearest = (from: number): Site | undefined =>
    [...sites.slice(from), ...sites.slice(0, from)].find((site) => announces(site));
  await fleet.pass(
    milliseconds,
    () => {
      const rates = new Map<Site | undefined, number>();
      for (const [index] of sites.entries())
        rates.set(nearest(index), (rates.get(nearest(index)) ?? 0) + USUAL + (index === 0 ? attack : 0));
      for (const site of sites) {
        const rate = rates.get(site) ?? 0;
        site.packets += (rate * STEP) / 1000;
        site.does = rate > CAPACITY ? "hangs" : "answers";
      }
      look();
    },
    STEP,
  );
}

const withdrawals = (): string[] =>
  fleet.sites.flatMap(({ name, around }) =>
    around.events.flatMap((event) => (event.event === "transition" && event.to === "withdrawn" ? [name] : [])),
  );

test("an attack of one and a half times what a site can take costs one site at most, and no flap budget", async () => {
  fleet = new SimulatedFleet();
  await pass(2 * MINUTE, 0);
  expect(fleet.announcing("full")).toBe(5);
  const before = withdrawals().length;
  let fewest = 5;
  await pass(MINUTE, 1.5 * CAPACITY, () => (fewest = Math.min(fewest, fleet.announcing())));
  expect(fewest).toBe(4);
  await pass(MINUTE, 0);
  expect(fleet.announcing("full")).toBe(5);
  expect(withdrawals().slice(before)).toHaveLength(1);
  for (const { agent } of fleet.sites) expect(agent.report().prefixes[0]?.budgetLeft).toBe(2);
});

test("an attack that all sites together can take is moved on, and the site comes back by itself", async () => {
  fleet = new SimulatedFleet();
  await pass(MINUTE, 0);
  await pass(10_000, CAPACITY - USUAL / 2);
  expect(fleet.announcing()).toBe(4);
  await pass(MINUTE, 0);
  expect(fleet.announcing("full")).toBe(5);
});

test("a service that fails as its load is as usual is withdrawn as ever, also while another site is withdrawn for load", async () => {
  fleet = new SimulatedFleet();
  await pass(MINUTE, 0);
  await pass(10_000, 1.5 * CAPACITY);
  expect(fleet.announcing()).toBe(4);
  const last = fleet.sites.at(-1)!;
  await fleet.pass(5000, () => (last.does = "fails"));
  expect(announces(last)).toBe(false);
  expect(last.agent.report().prefixes[0]?.budgetLeft).toBe(1);
});
