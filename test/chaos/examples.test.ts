import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import type { NetworkInput } from "../../model/schema.ts";
import { changeLab } from "../../lab/hosts.ts";
import { rehearsed } from "../../lab/rehearsal.ts";
import { examples, type Copied, type Example } from "../e2e/example.ts";
import { yamlHost } from "../package/yaml-host.ts";

// The examples that `npm test` only previews, brought up; the first two come up there.

const PROJECT = join(import.meta.dirname, "../..");
const TIMEOUT = 600_000;
const V4 = "203.0.113.0/24";
const V6 = "2001:db8:53::/48";
const ADDRESSES = ["203.0.113.53", "2001:db8:53::53"];

type ExistingHost = Extract<NetworkInput["sites"][string]["host"], { provider: "existing" }>;

const copy = examples();

async function installed(copied: Copied): Promise<Example> {
  const example = await copy(copied);
  await example.install();
  return example;
}

async function expectSites(of: Example, addresses: readonly string[], sites: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await of.catchment(addresses)).toEqual(new Set(sites)), { timeout: 20_000 });
}

/** Hosts of the lab in the place of those that an example has already. */
async function inTheLab(
  of: Example,
  prefixes: readonly string[],
  hosts: Readonly<Record<string, Partial<ExistingHost>>>,
): Promise<[site: string, host: ExistingHost][]> {
  await changeLab(of.lab, (state) => state);
  const sites = Object.entries(hosts).map(([site, host]) => [site, { host: { provider: "existing", ...host } }]);
  const { sites: made } = (await rehearsed(of.lab, {
    asn: 64500,
    prefixes,
    sites: Object.fromEntries(sites) as object,
  })) as { sites: Record<string, { host: ExistingHost }> };
  return Object.entries(made).map(([site, { host }]) => [site, host]);
}

test(
  "two services",
  async () => {
    const services = await installed({ name: "two-services", prefixes: [V4, "198.51.100.0/24"] });
    await services.makeStack("dev");
    await services.up("dev");
    await expectSites(services, ["203.0.113.53"], ["ams", "ewr", "sgp"]);
    const page = "fetch('http://198.51.100.80/health').then((answer) => answer.text()).then(console.log)";
    for (const client of ["client-ams", "client-nyc", "client-sin"])
      expect(await services.in(client, "node", "-e", page)).toBe("ok\n\n");
    // A broken web server does not take the DNS off the Internet.
    await services.in("site-ams", "systemctl", "stop", "nginx");
    await vi.waitFor(
      async () => {
        expect(await services.in("client-ams", "node", "-e", page)).toBe("ok\n\n");
        expect(await services.siteFor("client-ams", "203.0.113.53")).toBe("ams");
      },
      { timeout: 20_000 },
    );
  },
  TIMEOUT,
);

test(
  "own host adapter",
  async () => {
    const adapter = await installed({ name: "own-host-adapter", prefixes: [V4, V6] });
    const order = `#!/bin/sh\nexec ${PROJECT}/node_modules/.bin/tsx ${PROJECT}/test/chaos/order-host.ts "$@"\n`;
    await writeFile(join(adapter.folder, "order.sh"), order);
    await adapter.makeStack("dev");
    await adapter.up("dev");
    await expectSites(adapter, ADDRESSES, ["lis", "waw"]);
  },
  TIMEOUT,
);

test(
  "multi-provider",
  async () => {
    const providers = await installed({ name: "multi-provider", prefixes: [V4, V6] });
    const [[, ber] = []] = await inTheLab(providers, [V4, V6], {
      ber: {
        neighbors: [
          { address: "198.51.100.1", asn: 64510 },
          { address: "2001:db8:7::1", asn: 64510 },
        ],
        location: { latitude: 52.52, longitude: 13.41 },
      },
    });
    await providers.edit("index.ts", (program) =>
      program.replace(/(?<=ber: .*host: )\{.*?\n {8}\}/s, JSON.stringify(ber)),
    );
    await providers.makeStack("dev");
    await providers.up("dev");
    await expectSites(providers, ADDRESSES, ["ams", "fra", "ber"]);
  },
  TIMEOUT,
);

test(
  "existing fleet",
  async () => {
    const fleet = await installed({ name: "existing-fleet", prefixes: [V4] });
    const router = [{ address: "198.51.100.1", asn: 64510 }];
    const hosts = await inTheLab(fleet, [V4], {
      par1: { neighbors: router, location: { latitude: 48.86, longitude: 2.35 } },
      mad1: { neighbors: router, location: { latitude: 40.42, longitude: -3.7 } },
      vie1: { neighbors: router, location: { latitude: 48.21, longitude: 16.37 } },
    });
    const machines = hosts.map(([site, { address, hostKey, ipv4, neighbors = [], location }]) => [
      site,
      { address, hostKey, ipv4, router: neighbors[0]?.address, ...location },
    ]);
    await writeFile(join(fleet.folder, "fleet.json"), JSON.stringify(Object.fromEntries(machines)));
    await fleet.makeStack("dev");
    await fleet.up("dev");
    await expectSites(fleet, ["203.0.113.53"], ["par1", "mad1", "vie1"]);
  },
  TIMEOUT,
);

test(
  "staging and production",
  async () => {
    const environments = await installed({ name: "environments", prefixes: [V4, V6, "198.51.100.0/24"] });
    await environments.makeStack("staging");
    await environments.up("staging");
    await expectSites(environments, ["198.51.100.53"], ["ams", "ewr"]);
    await environments.makeStack("production");
    await environments.up("production");
    await expectSites(environments, ADDRESSES, ["ams", "ewr", "fra", "lax", "nrt", "sgp"]);
  },
  TIMEOUT,
);

test(
  "in YAML",
  async () => {
    const yaml = await installed({ name: "yaml", prefixes: [V4, V6], programs: await yamlHost() });
    await yaml.makeStack("dev");
    await yaml.up("dev");
    await expectSites(yaml, ADDRESSES, ["ams", "ewr", "sgp"]);
  },
  TIMEOUT,
);
