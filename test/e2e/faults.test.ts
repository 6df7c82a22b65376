import { afterAll, beforeAll, expect, test } from "vitest";
import { Checkout, eventually, must } from "./checkout.ts";
import { expectPredicted, network, sitesOf } from "./network.ts";

const CLIENTS = ["client-fra", "client-nyc", "client-sin"];

let checkout: Checkout;

beforeAll(async () => {
  checkout = await Checkout.create("faults");
  checkout.configure(network(["fra", "nyc", "sin"]));
  must(await checkout.lab());
});

afterAll(async () => {
  await checkout.dispose();
});

test.each(["service-crash", "service-hang", "bird-kill", "agent-kill", "link-down", "blackhole", "host-off"])(
  "%s at fra: its clients are answered elsewhere, and healed they come back",
  async (fault) => {
    must(await checkout.lab("fail", fault, "fra"));
    // Without BFD a silent fault is seen when the hold timer of 9 s ends.
    await eventually(20, async () => {
      const rows = await checkout.query();
      expectPredicted(rows, CLIENTS);
      expect(sitesOf(rows, "client-fra")).toEqual(new Set(["nyc"]));
      expect(sitesOf(rows, "client-sin")).toEqual(new Set(["sin"]));
    });
    must(await checkout.lab("heal", "fra"));
    await eventually(40, async () => {
      const rows = await checkout.query();
      expectPredicted(rows, CLIENTS);
      expect(sitesOf(rows, "client-fra")).toEqual(new Set(["fra"]));
    });
  },
);

test("an unknown fault, site or node is one sentence with the allowed ones, and status 2", async () => {
  for (const [args, message] of [
    [["fail", "service-crush", "fra"], "service-crash"],
    [["fail", "service-crash", "fri"], "fra"],
    [["exec", "site-frah", "--", "true"], "site-fra"],
  ] as const) {
    const { ok, output } = await checkout.lab(...args);
    expect(ok).toBe(false);
    expect(output).toContain(message);
    expect(output).not.toContain("    at ");
  }
});
