import { join } from "node:path";
import { expect, vi } from "vitest";
import { z } from "zod";
import { labAt } from "../../lab/folder.ts";
import { PATHS } from "../../model/paths.ts";
import { must, type Checkout } from "./checkout.ts";
import { askFrom, type ClientTally } from "./load/clients.ts";
import { expectPredicted, sitesOf } from "./network.ts";

export const METRICS_PORT = 9479;

const PREFIXES = { "203.0.113.0/24": "203.0.113.53", "2001:db8:53::/48": "2001:db8:53::53" };

/** What a provider's outage takes from sites while their hosts, services and heartbeats are well: a fault of the lab, or what is done in the host. */
export const OUTAGES = ["bgp-down", "bgp4-down", "bgp6-down", "nothing exported"] as const;

export type Outage = (typeof OUTAGES)[number];

/** What has BIRD export nothing through sessions that stay up, and what ends that. */
const EXPORT_NOTHING = `sed -i.lab 's/accept;/reject;/' ${PATHS.bird} && birdc configure`;
const EXPORT_AGAIN = `test ! -e ${PATHS.bird}.lab || { mv ${PATHS.bird}.lab ${PATHS.bird} && birdc configure; }`;

/** What makes the checks of a site fail while its service answers everybody else, and what ends that. */
const BREAK_CHECKS =
  "nft 'add table inet broken; add chain inet broken input { type filter hook input priority -5; }; add rule inet broken input iifname lo udp dport 53 drop; add rule inet broken input iifname lo tcp dport 53 drop'";
const MEND_CHECKS = "nft delete table inet broken 2>/dev/null || :";

/** Milliseconds until what is so is shown by three sites, and those that it takes a busy machine to ask one more. */
const SHOWN_WITHIN_MS = 15_000;
const ASKING_MS = 3000;

/** A network of the lab, with a client at each site. */
export interface Net {
  readonly checkout: Checkout;
  readonly sites: readonly string[];
  readonly floor: number;
}

function clientsOf(sites: readonly string[]): string[] {
  return sites.map((site) => `client-${site}`);
}

function isLost(outage: Outage, address: string): boolean {
  if (outage === "bgp4-down") return !address.includes(":");
  return outage !== "bgp6-down" || address.includes(":");
}

async function shell(checkout: Checkout, sites: readonly string[], script: string): Promise<void> {
  for (const done of await Promise.all(sites.map((site) => checkout.exec(`site-${site}`, "sh", "-c", script))))
    must(done);
}

/** All clients are answered, each by its own site. */
export async function whole({ checkout, sites }: Net): Promise<void> {
  await vi.waitFor(
    async () => {
      const rows = await checkout.query();
      expectPredicted(rows, clientsOf(sites));
      for (const site of sites) expect(sitesOf(rows, `client-${site}`)).toEqual(new Set([site]));
    },
    { timeout: 60_000 },
  );
}

/** Cuts sites off, and waits until all clients are answered by the others. */
export async function cut({ checkout, sites }: Net, outage: Outage, out: readonly string[]): Promise<void> {
  if (outage === "nothing exported") await shell(checkout, out, EXPORT_NOTHING);
  else for (const failed of await Promise.all(out.map((site) => checkout.lab("fail", outage, site)))) must(failed);
  const families = ([4, 6] as const).filter((family) => isLost(outage, family === 4 ? "." : ":"));
  const left = sites.filter((site) => !out.includes(site));
  await vi.waitFor(
    async () => {
      const rows = (await checkout.query()).filter(({ family }) => families.includes(family));
      const strangers = rows.filter(({ site }) => site === null || !left.includes(site));
      expect(strangers).toEqual([]);
    },
    { timeout: 20_000 },
  );
}

/** Mends all that {@link cut} and {@link outOrder} broke, and waits until all is as it was. */
export async function heal(net: Net): Promise<void> {
  const { checkout, sites } = net;
  await shell(checkout, sites, `${MEND_CHECKS}; ${EXPORT_AGAIN}`);
  for (const healed of await Promise.all(sites.map((site) => checkout.lab("heal", site)))) must(healed);
  await whole(net);
}

/** What the agent of a site shows, which has to be trouble. */
async function statusAt(checkout: Checkout, site: string): Promise<string> {
  const { ok, output } = await checkout.exec(`site-${site}`, "anycast-agent", "status");
  expect(ok, output).toBe(false);
  return output;
}

async function metricsOf(checkout: Checkout, site: string): Promise<string> {
  const { metrics } = z
    .object({ metrics: z.object({ address: z.string() }) })
    .parse(JSON.parse(must(await checkout.exec(`site-${site}`, "cat", PATHS.agentConfig)).stdout));
  const program = `fetch("http://${metrics.address}:${METRICS_PORT}/metrics").then((it) => it.text()).then(console.log)`;
  return must(await checkout.exec(`site-${site}`, "node", "-e", program)).stdout;
}

/**
 * Cuts sites off, then has the checks of all others fail while their services answer. All clients have to be answered all the while, what is so
 * has to be shown within 15 s, and no drain and no withdrawal may be allowed. Mended, all has to be as it was (safety 1).
 */
export async function expectAnsweredIn(net: Net, outage: Outage, out: readonly string[]): Promise<void> {
  const { checkout, sites, floor } = net;
  const left = sites.filter((site) => !out.includes(site));
  const staying = Math.min(left.length, floor);
  const lost = Object.keys(PREFIXES).filter((cidr) => isLost(outage, cidr));
  const shown = outage === "nothing exported" ? "full, not exported" : "full, no session";
  await cut(net, outage, out);
  const addresses = Object.values(PREFIXES).filter((address) => isLost(outage, address));
  const stop = await askFrom(labAt(join(checkout.folder, ".lab")), clientsOf(sites), addresses, 20);
  let tallies: readonly ClientTally[];
  try {
    await shell(checkout, left, BREAK_CHECKS);
    let last: readonly string[] = [];
    await vi.waitFor(
      async () => {
        const found = new Map(
          await Promise.all(sites.map(async (site) => [site, await statusAt(checkout, site)] as const)),
        );
        const all = [...found.values()].join("\n");
        const saying = (what: RegExp): string[] => sites.filter((site) => what.test(found.get(site) ?? ""));
        for (const cidr of lost) {
          expect(saying(new RegExp(`${cidr} +${shown}`)), all).toEqual(out);
          last = saying(new RegExp(`last resort ${cidr}`));
          expect(last, all).toHaveLength(staying);
        }
      },
      { timeout: SHOWN_WITHIN_MS + ASKING_MS * (sites.length - 3) },
    );
    const metrics = await Promise.all(sites.map((site) => metricsOf(checkout, site)));
    const { ok, output } = await checkout.anycast("status");
    expect(ok).toBe(false);
    for (const cidr of lost) {
      const values = metrics.map((text) => text.split(`anycast_prefix_announced{prefix="${cidr}"} `)[1]?.[0]);
      expect(values).toEqual(sites.map((site) => (last.includes(site) ? "1" : "0")));
      expect(output).toContain(`${cidr}: announced by ${staying} of ${sites.length} sites (floor ${floor})`);
      for (const site of out) expect(output).toContain(`${site}: ${cidr} is ${shown}`);
    }
    for (const site of last) await refusesToLeave(net, site, lost);
  } finally {
    tallies = await stop();
    // Also for the test that follows.
    await heal(net);
  }
  for (const { client, address, udp, tcp } of tallies)
    expect([client, address, udp.lost, tcp.lost]).toEqual([client, address, [], []]);
}

/** Whether a last resort refuses to be drained or withdrawn by hand. */
async function refusesToLeave({ checkout, floor }: Net, site: string, lost: readonly string[]): Promise<void> {
  for (const [order, refusal] of [
    ["drain", "draining here would leave no site that announces"],
    ["withdraw", `withdrawing here would leave fewer than ${floor} sites (the floor)`],
  ] as const) {
    const { ok, output } = await checkout.exec(`site-${site}`, "anycast-agent", order, "--reason", "test");
    expect(ok).toBe(false);
    for (const part of [refusal, ...lost]) expect(output).toContain(part);
  }
}
