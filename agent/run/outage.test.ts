import { expect, test } from "vitest";
import { GossipingFleet } from "../testing/gossiping-fleet.ts";
import { announces, SimulatedFleet, type Site } from "../testing/simulated-fleet.ts";

const BY = { reason: "new line", by: "ann" };

/** What a provider's outage does to a site: its session is gone, or up and exports nothing, or BIRD says nothing. */
const OUTAGES: readonly (readonly [string, (site: Site, isOut: boolean) => void])[] = [
  ["has no session", ({ bird }, isOut) => void (isOut ? bird.sessions.delete(4) : bird.sessions.add(4))],
  ["exports nothing", ({ bird }, isOut) => void (bird.exports = !isOut)],
];

const CASES = OUTAGES.flatMap(([what, apply]) =>
  [
    { size: 3, floor: 2, out: [1, 2] },
    { size: 3, floor: 2, out: [0, 2] },
    { size: 3, floor: 2, out: [0, 1] },
    { size: 7, floor: 3, out: [0, 2, 4, 6] },
  ].map((network) => ({ what, apply, ...network })),
);

test.each(CASES)(
  "of $size sites (floor $floor), $out $what and the checks of all others fail: these stay, nothing is taken away, all returns",
  async ({ apply, size, floor, out }) => {
    const names = Array.from({ length: size }, (_, index) => `site-${index}`);
    const fleet = new GossipingFleet(names, floor, 1);
    await fleet.pass(6000);
    const affected = out.map((index) => fleet.sites[index]!);
    const others = fleet.sites.filter((site) => !affected.includes(site));
    for (const site of affected) apply(site, true);
    await fleet.pass(3000);
    for (const site of others) site.does = "fails";
    const look = (): void => expect(others.filter((site) => announces(site))).toHaveLength(others.length);
    await fleet.pass(20_000, look);
    for (const { agent } of others) {
      await expect(agent.drain(BY, undefined)).rejects.toThrow("draining here would leave no site");
      await expect(agent.hold("an apply")).rejects.toThrow(`fewer than ${floor} sites`);
      expect(agent.report().prefixes[0]?.cause).toMatch(/^last resort, as fewer than/);
    }
    for (const { agent } of affected) expect(agent.report().prefixes[0]?.announced).toBe("withdrawn");
    for (const site of affected) apply(site, false);
    for (const site of others) site.does = "answers";
    await fleet.pass(10_000);
    expect(fleet.announcing("full")).toBe(size);
    fleet.stop();
  },
  60_000,
);

test("a healthy site that is drained announces in full while only last resorts would else, and is drained again 10 s after another does", async () => {
  const fleet = new SimulatedFleet(["ams", "fra", "lhr"]);
  await fleet.pass(5000);
  const [ams, fra, lhr] = fleet.sites as [Site, Site, Site];
  const drained = ams.agent.drain(BY, undefined);
  await fleet.pass(1000);
  await drained;
  for (const site of [fra, lhr]) site.does = "fails";
  await fleet.pass(6000);
  expect(announces(ams, "full")).toBe(true);
  expect(ams.agent.report().prefixes[0]).toMatchObject({
    takesOver: true,
    cause: expect.stringMatching(/^takes over in full, .*; drained by hand: new line$/) as string,
  });
  expect(ams.around.events.filter(({ event }) => event === "alarm")).toMatchObject([
    { about: "takeover 203.0.113.0/24" },
  ]);
  // Nobody else announces in full: it stays.
  await fleet.pass(30_000, () => expect(announces(ams, "full")).toBe(true));
  fra.does = "answers";
  await fleet.pass(8000, () => expect(announces(ams, "full")).toBe(true));
  await fleet.pass(8000);
  expect([announces(ams, "drained"), announces(fra, "full")]).toEqual([true, true]);
  expect(ams.around.events.filter(({ event }) => event === "cleared")).toMatchObject([
    { about: "takeover 203.0.113.0/24" },
  ]);
  fleet.stop();
});

test("a site that is drained with --never-full takes over from nobody, and keeps no other from it", async () => {
  const fleet = new SimulatedFleet(["ams", "fra", "lhr", "nrt"]);
  await fleet.pass(5000);
  const [ams, fra, ...rest] = fleet.sites as [Site, Site, Site, Site];
  for (const [site, neverFull] of [
    [ams, true],
    [fra, false],
  ] as const) {
    const drained = site.agent.drain(BY, undefined, neverFull);
    await fleet.pass(1000);
    await drained;
  }
  for (const site of rest) site.does = "hangs";
  await fleet.pass(10_000);
  // Two drained sites are the floor: there is no last resort to be taken over from.
  expect([announces(ams, "drained"), announces(fra, "drained")]).toEqual([true, true]);
  ams.bird.sessions.delete(4);
  await fleet.pass(10_000);
  expect([announces(ams), announces(fra, "full")]).toEqual([false, true]);
  ams.bird.sessions.add(4);
  await fleet.pass(5000, () => expect(announces(ams, "full")).toBe(false));
  fleet.stop();
});

test("a dead service is withdrawn while a healthy site announces, and stays where none does", async () => {
  const fleet = new SimulatedFleet(["ams", "fra", "lhr"]);
  await fleet.pass(5000);
  const [ams, fra, lhr] = fleet.sites as [Site, Site, Site];
  for (const site of [fra, lhr]) site.does = "refuses";
  await fleet.pass(5000);
  expect([announces(ams, "full"), announces(fra), announces(lhr)]).toEqual([true, false, false]);
  ams.does = "refuses";
  await fleet.pass(5000);
  expect(fleet.announcing("drained")).toBe(2);
  fra.does = "answers";
  await fleet.pass(5000);
  expect([announces(ams), announces(fra, "full"), announces(lhr)]).toEqual([false, true, false]);
  fleet.stop();
});
