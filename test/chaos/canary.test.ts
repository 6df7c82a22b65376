import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { labAt } from "../../lab/folder.ts";
import { Checkout, must } from "../e2e/checkout.ts";
import { askFrom } from "../e2e/load/clients.ts";
import { expectPredicted, network, ZONE } from "../e2e/network.ts";

const SITES = ["fra", "nyc", "sin", "syd", "sao"];
const OTHERS = SITES.filter((site) => site !== "fra");
/** Regions with clients and no site. */
const ELSEWHERE = ["lon", "jnb"];
const CLIENTS = [...SITES, ...ELSEWHERE].map((region) => `client-${region}`);
const ADDRESSES = ["203.0.113.53", "2001:db8:53::53"];
/** Questions a second of each client by UDP, and again by TCP. */
const RATE = 200;

let checkout: Checkout;
let serial = 2029000000;

beforeAll(async () => {
  checkout = await Checkout.create("canary");
  checkout.configure(
    network(SITES, { lab: { clients: ELSEWHERE }, rollout: { waves: [["fra"], "100%"], soak: "20 s" } }),
  );
  must(await checkout.lab());
});

afterAll(async () => {
  await checkout.dispose();
});

/** What is wrong with the change, and what the refusal has to say of it. */
interface Fault {
  readonly what: string;
  /** Makes the change, and returns what takes it back. */
  readonly make: () => Promise<() => Promise<void>>;
  readonly says: readonly (string | RegExp)[];
}

function edit(file: string, before: string, after: string): () => Promise<void> {
  const source = checkout.read(file);
  checkout.edit(file, (text) => text.replace(before, after));
  return async () => checkout.write(file, source);
}

const FAULTS: readonly Fault[] = [
  {
    what: "a broken zone",
    make: async () => edit(ZONE, "$ORIGIN", "broken A 999.0.0.1\n$ORIGIN"),
    says: ["example.net"],
  },
  {
    what: "a filter that would leak",
    async make() {
      const file = "render/bird-announcements.ts";
      const source = checkout.read(file);
      edit(file, '"if source != RTS_STATIC then reject;"', '"if source = RTS_STATIC then accept;"');
      edit(
        file,
        "`ipv${family} table ${announceTable(family)};`,",
        "`ipv${family} table ${announceTable(family)};`, `protocol static { ipv${family} { table ${announceTable(family)}; }; route ${family === 4 ? '198.51.100.0/24' : '2001:db8:66::/48'} unreachable; }`,",
      );
      return async () => checkout.write(file, source);
    },
    says: [/198\.51\.100\.0\/24|limit|2001:db8:66::\/48/],
  },
  {
    what: "a filter that announces nothing",
    make: async () => edit("render/bird-announcements.ts", '"if source != RTS_STATIC then reject;"', '"reject;"'),
    says: ["203.0.113.0/24"],
  },
  {
    what: "a service that starts and dies after 10 s",
    async make() {
      const workers = edit("render/knot.ts", "udp-workers: 2", "udp-workers: 3");
      const dies = edit(
        "render/units.ts",
        '["[Service]", `ExecStopPost=+-',
        '["[Service]", ...(unit === "knot.service" ? ["RuntimeMaxSec=10"] : []), `ExecStopPost=+-',
      );
      return async () => void (await Promise.all([workers(), dies()]));
    },
    says: [/dns/],
  },
  {
    what: "a wrong MD5 password",
    async make() {
      await checkout.setSecret("anycast:bgpPasswords.fra", "wrongPassw0rd");
      return async () => void must(await checkout.pulumi("config", "rm", "--stack", "lab", "anycast:bgpPasswords"));
    },
    says: [/password/],
  },
];

/** What each site has of us on its disk, and which serial it serves. */
async function stateOf(site: string): Promise<string> {
  const script =
    "cat /etc/bird/*.conf /etc/knot/knot.conf /etc/knot/zones/* /etc/systemd/system/*anycast* /etc/systemd/system/*/*anycast* 2>/dev/null | sha256sum; knotc zone-status example.net +serial";
  return must(await checkout.exec(`site-${site}`, "sh", "-c", script)).stdout;
}

async function states(sites: readonly string[]): Promise<string[]> {
  return Promise.all(sites.map(stateOf));
}

test.each(FAULTS)(
  "$what: caught at the canary, which is put back; no other site is touched, and its users are answered within 1 s",
  async ({ what, make, says }) => {
    const before = await states(SITES);
    serial += 1;
    const undo = await make();
    const serialUndone = checkout.read(ZONE);
    checkout.edit(ZONE, (zone) => zone.replace(/\d{10}/, String(serial)));
    const stop = await askFrom(labAt(join(checkout.folder, ".lab")), CLIENTS, ADDRESSES, RATE);
    const { ok, output } = await checkout.up();
    const tallies = await stop();
    checkout.write(ZONE, serialUndone);
    await undo();

    expect(ok).toBe(false);
    const diagnostics = output.slice(output.indexOf("Diagnostics:"));
    for (const each of says) expect(diagnostics).toMatch(each);
    expect(diagnostics.match(/^ {2}command:\S+ \(anycast-.*\):$/gm), output).toEqual([
      expect.stringMatching(/anycast-fra-/),
    ]);
    expect(await states(SITES)).toEqual(before);
    for (const site of OTHERS) expect(output).not.toMatch(new RegExp(`anycast-${site}-apply updating`));

    const asked = tallies.flatMap(({ client, address, udp, tcp }) =>
      [udp, tcp].map(({ sent, lost, longestSilence }) => ({
        client,
        address,
        sent,
        lost: lost.length,
        longestSilence,
      })),
    );
    console.log(
      `${what}: ${asked.reduce((sum, { sent }) => sum + sent, 0)} questions, ${asked.reduce((sum, { lost }) => sum + lost, 0)} lost, longest silence ${Math.max(...asked.map(({ longestSilence }) => longestSilence))} ms`,
    );
    for (const { client, address, longestSilence } of asked)
      expect(longestSilence, `${client} at ${address}`).toBeLessThan(1000);

    must(await checkout.up());
    await vi.waitFor(async () => expectPredicted(await checkout.query(), CLIENTS), { timeout: 60_000 });
    expect(await states(SITES)).toEqual(before);
  },
  600_000,
);
