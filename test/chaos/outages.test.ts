import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labAt } from "../../lab/folder.ts";
import { Checkout, must } from "../e2e/checkout.ts";
import { askFrom } from "../e2e/load/clients.ts";
import { network } from "../e2e/network.ts";
import { cut, heal, METRICS_PORT, OUTAGES, expectAnsweredIn, type Net } from "../e2e/outage.ts";

const ADDRESSES = ["203.0.113.53", "2001:db8:53::53"];

/** What makes BIRD's sessions, whose settings an apply cannot change without restarting them. */
const SESSIONS = "render/bird-session.ts";

/** Networks, and of each the sites that a provider's outage takes the routes of; the checks of all others fail meanwhile. */
const NETWORKS: readonly (Omit<Net, "checkout"> & { readonly outs: readonly (readonly string[])[] })[] = [
  {
    sites: ["fra", "nyc", "sin"],
    floor: 2,
    outs: [
      ["nyc", "sin"],
      ["fra", "sin"],
      ["fra", "nyc"],
    ],
  },
  {
    sites: ["ams", "fra", "nyc", "sao", "sea", "sin", "syd"],
    floor: 3,
    outs: [
      ["ams", "nyc", "sin", "syd"],
      ["fra", "sao", "sea"],
    ],
  },
];

describe.each(NETWORKS)("$sites, floor $floor", ({ sites, floor, outs }) => {
  let checkout: Checkout;
  let net: Net;
  const config = network(sites, {
    floor,
    management: { metrics: { port: METRICS_PORT } },
    rollout: { waves: [[sites[0]!], "100%"], soak: "100 ms" },
  });

  beforeAll(async () => {
    checkout = await Checkout.create("outages");
    net = { checkout, sites, floor };
    checkout.configure(config);
    must(await checkout.lab());
  });

  afterAll(async () => {
    await checkout.dispose();
  });

  test.each(outs.flatMap((out) => OUTAGES.map((outage) => ({ outage, out }))))(
    "$outage at $out and the checks of all others fail: all are answered, what is so is shown, and nobody may leave",
    async ({ outage, out }) => expectAnsweredIn(net, outage, out),
    300_000,
  );

  test("an up that withdraws the last site that a neighbor hears of is refused there, and touches nothing", async () => {
    const [first = "", ...others] = sites;
    await cut(net, "bgp-down", others);
    const stop = await askFrom(labAt(join(checkout.folder, ".lab")), [`client-${others[0]}`], ADDRESSES, 20);
    const source = checkout.read(SESSIONS);
    checkout.edit(SESSIONS, (text) => text.replace("`hold time ${all.hold};`", "`hold time 12;`"));
    const { ok, output } = await checkout.up();
    checkout.write(SESSIONS, source);
    expect(ok).toBe(false);
    expect(output).toContain(
      `${first}: the agent refused 'hold': withdrawing here would leave fewer than ${floor} sites`,
    );
    expect(output).toContain("anycast allow-below-floor");
    expect(output).toContain("Nothing was changed");
    for (const { address, udp, tcp } of await stop()) expect([address, udp.lost, tcp.lost]).toEqual([address, [], []]);
    await heal(net);
  }, 400_000);
});
