import { join } from "node:path";
import { labAt } from "../../lab/folder.ts";
import type { NetworkInput } from "../../model/schema.ts";
import { Checkout, must } from "../../test/e2e/checkout.ts";
import { network } from "../../test/e2e/network.ts";
import { row, type Report, type Row } from "../report.ts";
import { askFrom, type ClientTally } from "../../test/e2e/load/clients.ts";

const SITES = ["fra", "nyc", "sin", "syd", "sao"];
/** Regions with clients and no site. */
const ELSEWHERE = ["lon", "jnb"];
const ADDRESSES = ["203.0.113.53", "2001:db8:53::53"];
/** Questions a second of each client, by UDP and again by TCP. */
const RATE = 200;

/** An upgrade of something at all sites. */
interface Upgrade {
  readonly what: string;
  readonly does: (checkout: Checkout) => Promise<void>;
}

const lessPeering = (region: string): NetworkInput["sites"][string] => ({
  host: { provider: "lab", region },
  communities: ["20473:6601"],
});

const OURS: readonly Upgrade[] = [
  {
    what: "Knot restarts",
    does: (checkout) => edited(checkout, "render/knot.ts", "udp-workers: 2", "udp-workers: 3"),
  },
  {
    what: "another agent",
    does: (checkout) =>
      edited(checkout, "agent/commands.ts", "the content hash of this bundle", "this bundle's content hash"),
  },
  {
    what: "BIRD: another filter",
    does: async (checkout) => {
      const sites = Object.fromEntries(SITES.map((site) => [site, lessPeering(site)]));
      checkout.configure(network(SITES, { lab: { clients: ELSEWHERE }, sites }));
      must(await checkout.up());
    },
  },
  {
    what: "BIRD: sessions restart",
    does: (checkout) => edited(checkout, "render/bird-session.ts", "`hold time ${all.hold};`", "`hold time 12;`"),
  },
];

/** What many do: the same restart, host by host, without a word to BIRD or the agent. */
const LOOP: Upgrade = {
  what: "Knot restarts",
  async does(checkout) {
    for (const site of SITES) must(await checkout.exec(`site-${site}`, "systemctl", "restart", "knot.service"));
  },
};

/** Upgrades at five sites, one kind after the other, while clients in every region ask; beside a loop of `systemctl restart`. */
export async function benchUpgrade(progress: (line: string) => void): Promise<Report> {
  const checkout = await Checkout.create("bench");
  try {
    progress(`${SITES.length} sites: from nothing`);
    checkout.configure(network(SITES, { lab: { clients: ELSEWHERE } }));
    must(await checkout.lab());
    const rows: Row[] = [];
    for (const upgrade of OURS) {
      progress(upgrade.what);
      rows.push(...(await underLoad(checkout, "ours", upgrade)));
    }
    progress(`${LOOP.what}, by a loop`);
    rows.push(...(await underLoad(checkout, "systemctl restart, host by host", LOOP)));
    const questions = `Each of ${SITES.length + ELSEWHERE.length} clients asked ${RATE} times a second by UDP, and as often by TCP on new connections.`;
    const lost =
      "Lost: no answer within 2 s. UDP: each question sent once. TCP: a connection that is reset is opened once more; whose route moves in the middle of one is reset.";
    return { name: "upgrade", rows, notes: [questions, lost] };
  } finally {
    await checkout.dispose();
  }
}

async function edited(checkout: Checkout, file: string, before: string | RegExp, after: string): Promise<void> {
  checkout.edit(file, (text) => text.replace(before, after));
  must(await checkout.up());
}

async function underLoad(checkout: Checkout, subject: string, { what, does }: Upgrade): Promise<Row[]> {
  const clients = [...SITES, ...ELSEWHERE].map((region) => `client-${region}`);
  const stop = await askFrom(labAt(join(checkout.folder, ".lab")), clients, ADDRESSES, RATE);
  const started = performance.now();
  let tallies: ClientTally[] = [];
  try {
    await does(checkout);
  } finally {
    tallies = await stop();
  }
  const seconds = (performance.now() - started) / 1000;
  const sum = (of: (tally: ClientTally) => number): number => tallies.reduce((total, tally) => total + of(tally), 0);
  const scenario = (figure: string): string => `${what}: ${figure}`;
  const none = subject === "ours" ? { target: { max: 0 } } : {};
  return [
    row(subject, scenario("duration"), [seconds], "s"),
    row(subject, scenario("asked"), [sum(({ udp, tcp }) => udp.sent + tcp.sent)], "queries"),
    { ...row(subject, scenario("lost by UDP"), [sum(({ udp }) => udp.lost.length)], "queries"), ...none },
    { ...row(subject, scenario("lost by TCP"), [sum(({ tcp }) => tcp.lost.length)], "queries"), ...none },
    row(subject, scenario("new TCP connections reset, and opened again"), [sum(({ reset }) => reset)], "connections"),
    row(subject, scenario("long transfers broken"), [sum(({ broken }) => broken)], "connections"),
  ];
}
