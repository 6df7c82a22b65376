import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { Checkout, must, type Ended } from "./checkout.ts";
import { expectPredicted, network, sitesOf } from "./network.ts";
import { cut, heal, METRICS_PORT, OUTAGES, expectAnsweredIn } from "./outage.ts";

const SITES = ["fra", "nyc", "sin"];
const CLIENTS = SITES.map((site) => `client-${site}`);
const PREFIXES = ["203.0.113.0/24", "2001:db8:53::/48"];
/** Too few for a network to carry its traffic: the default of the configuration with three sites. */
const FLOOR = 2;

let checkout: Checkout;

beforeAll(async () => {
  checkout = await Checkout.create("faults");
  checkout.configure(network(SITES, { management: { metrics: { port: METRICS_PORT } } }));
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
    await vi.waitFor(
      async () => {
        const rows = await checkout.query();
        expectPredicted(rows, CLIENTS);
        expect(sitesOf(rows, "client-fra")).toEqual(new Set(["nyc"]));
        expect(sitesOf(rows, "client-sin")).toEqual(new Set(["sin"]));
      },
      { timeout: 20_000 },
    );
    must(await checkout.lab("heal", "fra"));
    await vi.waitFor(
      async () => {
        const rows = await checkout.query();
        expectPredicted(rows, CLIENTS);
        expect(sitesOf(rows, "client-fra")).toEqual(new Set(["fra"]));
      },
      { timeout: 40_000 },
    );
  },
);

const transitionsSchema = z.array(z.object({ at: z.iso.datetime(), prefix: z.string(), to: z.string() }));

/** How a prefix was announced from a moment on, as the agents of all sites tell: after each change, by how many sites. */
async function announcedSince(start: number, prefix: string): Promise<{ at: number; sites: number }[]> {
  const states = new Map(SITES.map((site) => [site, "full"]));
  const changes = await Promise.all(
    SITES.map(async (site) => {
      const { stdout } = must(await checkout.exec(`site-${site}`, "anycast-agent", "history", "--json"));
      const transitions = transitionsSchema
        .parse(JSON.parse(stdout))
        .map((each) => ({ ...each, at: Date.parse(each.at) }));
      return transitions
        .filter((each) => each.prefix === prefix && each.at >= start)
        .map(({ at, to }) => ({ at, site, to }));
    }),
  );
  return changes
    .flat()
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, site, to }) => {
      states.set(site, to);
      return { at, sites: [...states.values()].filter((state) => state !== "withdrawn").length };
    });
}

/** The site of each session that carries a prefix, as the neighbors see it. */
async function announcing(): Promise<string[]> {
  const { sessions } = z
    .object({ sessions: z.array(z.object({ site: z.string(), prefixes: z.number() })) })
    .parse(JSON.parse(must(await checkout.lab("status", "--json")).stdout));
  return sessions.filter(({ prefixes }) => prefixes > 0).map(({ site }) => site);
}

test("all services fail at once: within 2 s the floor announces again, and healed all is as before (safety 1)", async () => {
  const start = Date.now();
  for (const broken of await Promise.all(SITES.map((site) => checkout.lab("fail", "service-crash", site))))
    must(broken);
  // Both families, as the neighbors see it: no more dead sites announce than are needed.
  await vi.waitFor(async () => expect(await announcing()).toHaveLength(FLOOR * PREFIXES.length), { timeout: 20_000 });
  for (const prefix of PREFIXES) {
    const announced = await announcedSince(start, prefix);
    expect(announced.length).toBeGreaterThanOrEqual(SITES.length);
    const gaps = announced
      .map(({ at, sites }, index) => ({ sites, lasted: (announced[index + 1]?.at ?? Infinity) - at }))
      .filter(({ sites, lasted }) => sites < FLOOR && lasted >= 2000);
    expect(gaps, prefix).toEqual([]);
  }
  for (const healed of await Promise.all(SITES.map((site) => checkout.lab("heal", site)))) must(healed);
  await vi.waitFor(
    async () => {
      const rows = await checkout.query();
      expectPredicted(rows, CLIENTS);
      for (const site of SITES) expect(sitesOf(rows, `client-${site}`)).toEqual(new Set([site]));
    },
    { timeout: 40_000 },
  );
});

/** What each prefix is at a site, as its agent wants it and as BIRD routes it. */
async function routesAt(site: string): Promise<string[]> {
  const { stdout } = must(await checkout.exec(`site-${site}`, "anycast-agent", "status", "--json"));
  const { prefixes } = z
    .object({ prefixes: z.array(z.object({ cidr: z.string(), wanted: z.string(), actual: z.string().nullable() })) })
    .parse(JSON.parse(stdout));
  return prefixes.map(({ wanted, actual }) => `${wanted}, ${actual}`);
}

test("frozen everywhere: rebooted, and after its agent was killed, a site has its routes again as they were (safety 16)", async () => {
  const agent = async (site: string, ...args: readonly string[]): Promise<void> => {
    must(await checkout.exec(`site-${site}`, "anycast-agent", ...args));
  };
  await agent("sin", "drain", "--reason", "new disks");
  for (const site of SITES) await agent(site, "freeze", "--reason", "incident 7");
  for (const site of ["nyc", "sin"]) {
    must(await checkout.lab("fail", "host-off", site));
    must(await checkout.lab("heal", site));
  }
  must(await checkout.lab("fail", "agent-kill", "fra"));
  await vi.waitFor(async () => expect(await announcing()).not.toContain("fra"), { timeout: 20_000 });
  must(await checkout.lab("heal", "fra"));
  await vi.waitFor(
    async () => {
      expect(await routesAt("fra")).toEqual(["full, full", "full, full"]);
      expect(await routesAt("nyc")).toEqual(["full, full", "full, full"]);
      expect(await routesAt("sin")).toEqual(["drained, drained", "drained, drained"]);
      expect(await announcing()).toHaveLength(SITES.length * PREFIXES.length);
    },
    { timeout: 40_000 },
  );
  for (const site of SITES) await agent(site, "thaw");
  await agent("sin", "undrain");
});

/** Runs a script at sin. */
async function sin(script: string): Promise<Ended> {
  return checkout.exec("site-sin", "sh", "-c", script);
}

test("a site that cannot undo a cut apply at boot starts nothing, says so by SSH, and is brought back by hand (safety 19)", async () => {
  const journal = "/var/lib/anycast/transaction.json";
  must(await sin(`echo '{"format": 1, "site"' > ${journal}; sync`));
  // As after a power cut, and without `heal`, which would wait for the agent.
  await sin("systemctl reboot --force --force");
  await vi.waitFor(
    async () => {
      const { ok, output } = await checkout.anycast("status");
      expect(ok).toBe(false);
      expect(output).toMatch(/sin: .*not recovered: an apply was cut off/);
    },
    { timeout: 40_000, interval: 1000 },
  );
  expect((await sin("systemctl is-active bird knot anycast-agent")).stdout).toBe("inactive\ninactive\ninactive");
  expect(new Set(await announcing())).toEqual(new Set(["fra", "nyc"]));
  expect((await sin("anycast-agent recover")).output).toContain("transaction.json: no complete JSON");
  must(await sin(`rm ${journal}; anycast-agent recover`));
  await vi.waitFor(async () => expect(await announcing()).toContain("sin"), { timeout: 40_000 });
});

test.each(OUTAGES)(
  "%s at all other sites and a check of fra fails: all are answered, what is so is shown, and nobody may leave (safety 1)",
  async (outage) => expectAnsweredIn({ checkout, sites: SITES, floor: FLOOR }, outage, ["nyc", "sin"]),
  180_000,
);

test("service-crash at fra with the BGP of all others cut: the route stays, and answers return with the service", async () => {
  const net = { checkout, sites: SITES, floor: FLOOR };
  await cut(net, "bgp-down", ["nyc", "sin"]);
  must(await checkout.lab("fail", "service-crash", "fra"));
  const until = Date.now() + 5000;
  while (Date.now() < until)
    expect((await announcing()).filter((site) => site === "fra")).toHaveLength(PREFIXES.length);
  const ask = (): Promise<Ended> =>
    checkout.exec("client-nyc", "kdig", "+short", "+timeout=1", "+retry=0", "@203.0.113.53", "example.net", "SOA");
  expect((await ask()).stdout).not.toContain("example.net");
  must(await checkout.exec("site-fra", "rm", "-rf", "/run/systemd/system/knot.service.d"));
  must(await checkout.exec("site-fra", "systemctl", "daemon-reload"));
  must(await checkout.exec("site-fra", "systemctl", "start", "knot"));
  const started = Date.now();
  await vi.waitFor(async () => expect((await ask()).stdout).toContain("example.net"), { timeout: 5000, interval: 50 });
  expect(Date.now() - started).toBeLessThan(1000);
  await heal(net);
}, 180_000);

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
