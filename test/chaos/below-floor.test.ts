import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { labAt, type Lab } from "../../lab/folder.ts";
import type { NetworkInput } from "../../model/schema.ts";
import { announcers, watchAnnouncers } from "../e2e/announcers.ts";
import { Checkout, must, type Ended } from "../e2e/checkout.ts";
import { network } from "../e2e/network.ts";

const SITES = ["fra", "nyc", "sin", "syd", "sao"];
const FLOOR = 3;
/** More than the floor can spare. */
const THREE = ["fra", "nyc", "sin"];
const PREFIXES = ["203.0.113.0/24", "2001:db8:53::/48"];

let checkout: Checkout;
let lab: Lab;

beforeAll(async () => {
  checkout = await Checkout.create("floor");
  lab = labAt(join(checkout.folder, ".lab"));
  checkout.configure(five());
  must(await checkout.lab());
});

afterAll(async () => {
  await checkout.dispose();
});

beforeEach(async () => {
  checkout.configure(five());
});

function five(overrides: Partial<NetworkInput> = {}): NetworkInput {
  return network(SITES, { floor: FLOOR, rollout: { waves: ["100%"], soak: "100 ms" }, ...overrides });
}

const fewer = (gone: readonly string[]): NetworkInput["sites"] =>
  Object.fromEntries(Object.entries(five().sites).filter(([site]) => !gone.includes(site)));

const drained = (sites: readonly string[]): NetworkInput["sites"] =>
  Object.fromEntries(
    Object.entries(five().sites).map(([site, config]) => [
      site,
      sites.includes(site) ? { ...config, state: "drained" as const } : config,
    ]),
  );

async function at(sites: readonly string[], ...command: string[]): Promise<Ended[]> {
  return Promise.all(sites.map((site) => checkout.exec(`site-${site}`, ...command)));
}

async function faultAt(sites: readonly string[], fault: string): Promise<void> {
  for (const broken of await Promise.all(sites.map((site) => checkout.lab("fail", fault, site)))) must(broken);
}

/** All is as it was: every site announces all. */
async function whole(): Promise<void> {
  await vi.waitFor(async () => expect((await announcers(lab, PREFIXES.length)).toSorted()).toEqual(SITES.toSorted()), {
    timeout: 90_000,
  });
}

/** Something that would take prefixes below the floor: what is done, and what brings all back afterwards. */
interface Way {
  readonly what: string;
  readonly does: () => Promise<unknown>;
  readonly heals?: () => Promise<unknown>;
  /** How many sites announce at least. Default: the floor. */
  readonly least?: number;
}

async function refused(run: Promise<Ended>, ...says: (string | RegExp)[]): Promise<void> {
  const { ok, output } = await run;
  expect(ok, output).toBe(false);
  for (const each of says) expect(output).toMatch(each);
}

async function configured(change: Partial<NetworkInput>, ...says: (string | RegExp)[]): Promise<void> {
  checkout.configure(five(change));
  await refused(checkout.up(), ...says);
}

const up = async (): Promise<unknown> => must(await checkout.up());
const heal = async (): Promise<unknown> => Promise.all(SITES.map(async (site) => checkout.lab("heal", site)));

const urnOf = async (name: string): Promise<string> => {
  const { deployment } = JSON.parse(must(await checkout.pulumi("stack", "export", "--stack", "lab")).stdout) as {
    deployment: { resources: { urn: string }[] };
  };
  return deployment.resources.map(({ urn }) => urn).find((urn) => urn.endsWith(`::${name}`)) ?? "";
};

/** A flag once for each resource of three sites, named by what follows the site in its name. */
const eachOf = async (flag: string, suffix: string): Promise<string[]> =>
  (await Promise.all(THREE.map((site) => urnOf(`anycast-${site}-${suffix}`)))).flatMap((urn) => [flag, urn]);

const WAYS: readonly Way[] = [
  {
    what: "config: three sites drained in one run",
    does: async () => configured({ sites: drained(THREE) }, /floor/),
    heals: up,
  },
  {
    what: "config: three sites gone in one run",
    does: async () => configured({ sites: fewer(THREE) }, /floor/),
    heals: up,
  },
  {
    what: "config: three sites gone, and the floor lowered in the same run",
    does: async () => configured({ sites: fewer(THREE), floor: 1 }, /floor is 3 until this run is through/),
    // Two may go.
    heals: up,
  },
  {
    what: "config: one site drained, two gone",
    does: async () => configured({ sites: Object.fromEntries(Object.entries(drained(["fra"])).slice(0, 3)) }, /floor/),
    heals: up,
  },
  {
    what: "config: a prefix of two is gone",
    does: async () =>
      configured(
        {
          prefixes: ["203.0.113.0/24"],
          services: {
            dns: {
              kind: "dns",
              addresses: ["203.0.113.53"],
              zones: { "example.net": "stacks/zones/example.net.zone" },
            },
          },
        },
        /2001:db8:53::\/48.*withdrawn everywhere/,
      ),
    heals: up,
  },
  {
    what: "destroy",
    does: async () => refused(checkout.pulumi("destroy", "--yes", "--stack", "lab"), /floor/),
    heals: up,
  },
  {
    what: "destroy --target of three sites",
    does: async () =>
      refused(
        checkout.pulumi(
          "destroy",
          "--yes",
          "--stack",
          "lab",
          "--target-dependents",
          ...(await eachOf("--target", "retire")),
        ),
        /floor/,
      ),
    heals: up,
  },
  {
    what: "up --replace of three hosts at once",
    async does() {
      await checkout.pulumi("up", "--yes", "--skip-preview", "--stack", "lab", ...(await eachOf("--replace", "host")));
    },
    heals: up,
  },
  {
    what: "sessions that restart at all sites in one wave",
    async does() {
      const file = "render/bird-session.ts";
      const source = checkout.read(file);
      checkout.edit(file, (text) => text.replace("`hold time ${all.hold};`", "`hold time 12;`"));
      must(await checkout.up());
      checkout.write(file, source);
    },
    heals: up,
  },
  {
    what: "by hand: three sites drained in parallel, while two have lost their service",
    async does() {
      await faultAt(["syd", "sao"], "service-crash");
      await at(THREE, "anycast-agent", "drain", "--for", "1m", "--reason", "test");
      await vi.waitFor(async () => expect(await announcers(lab, PREFIXES.length)).not.toHaveLength(SITES.length), {
        timeout: 20_000,
      });
    },
    async heals() {
      await at(THREE, "anycast-agent", "undrain");
      await heal();
    },
  },
  { what: "all services crash at once", does: async () => faultAt(SITES, "service-crash"), heals: heal },
  { what: "all services hang at once", does: async () => faultAt(SITES, "service-hang"), heals: heal },
  {
    what: "all services are stopped at once",
    does: async () => at(SITES, "systemctl", "stop", "knot.service"),
    heals: async () => at(SITES, "systemctl", "start", "knot.service"),
  },
  {
    what: "all agents restart at once",
    does: async () => at(SITES, "systemctl", "restart", "anycast-agent.service"),
  },
  {
    what: "agents restart at once, of which all have lost their service",
    async does() {
      await faultAt(SITES, "service-crash");
      await at(SITES, "systemctl", "restart", "anycast-agent.service");
    },
    heals: heal,
  },
  {
    what: "services crash one site after the other",
    async does() {
      for (const [index, site] of SITES.entries()) {
        await faultAt([site], "service-crash");
        const healthy = SITES.slice(index + 1);
        const isLast = healthy.length === 0;
        await vi.waitFor(
          async () => {
            const seen = await announcers(lab, PREFIXES.length);
            // The dead ones make the floor up only when nobody else is left.
            expect(isLast ? seen.length : seen.toSorted()).toEqual(isLast ? FLOOR : healthy.toSorted());
          },
          { timeout: 10_000 },
        );
      }
    },
    heals: heal,
    // A service that is certainly dead answers nobody: to announce it as well, only to keep to the floor, would take clients from the
    // site that still answers. So the last healthy site is alone, and the floor is there again once that one is dead too.
    least: 1,
  },
  {
    what: "service addresses are taken away at all sites",
    does: async () =>
      at(SITES, "sh", "-c", "ip addr del 203.0.113.53/32 dev lo; ip addr del 2001:db8:53::53/128 dev lo"),
    heals: async () => at(SITES, "systemctl", "reload", "anycast-network.service"),
  },
];

test.each(WAYS)(
  "$what: refused, or repaired within 2 s",
  async ({ what, does, heals, least = FLOOR }) => {
    await whole();
    const stop = watchAnnouncers(lab, PREFIXES.length, least);
    try {
      await does();
    } finally {
      // What is repaired stays repaired.
      await new Promise((wake) => setTimeout(wake, 3000));
      const { fewest, longestBelow } = await stop();
      console.log(
        `${what}: at least ${fewest} of ${SITES.length} sites announced, below the floor for ${longestBelow} ms`,
      );
      checkout.configure(five());
      await heals?.();
      await whole();
      expect(longestBelow).toBeLessThan(2000);
    }
  },
  600_000,
);
