import { join } from "node:path";
import * as dns from "dns-packet";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { labAt, namespaceOf } from "../../lab/folder.ts";
import { NAMESPACES } from "../../lab/namespaces.ts";
import { Checkout, must } from "../e2e/checkout.ts";
import { watchAnnouncers } from "../e2e/announcers.ts";
import { askFrom } from "../e2e/load/clients.ts";
import { expectPredicted, network } from "../e2e/network.ts";

const SITES = ["fra", "nyc", "sin"];
const OTHERS = ["client-nyc", "client-sin"];
const ADDRESSES = ["203.0.113.53", "2001:db8:53::53"];
const FLOOD = join(import.meta.dirname, "../../agent/testing/flood.py");

/** Questions a second of each client by UDP, and again by TCP. */
const RATE = 50;
/** Questions a second from the attackers, and for how long. */
const ATTACK = 30_000;
const SECONDS = 30;
/** Fewer questions a second are no flood: the machine is too busy to say anything then. */
const LEAST = 10_000;

let checkout: Checkout;

beforeAll(async () => {
  checkout = await Checkout.create("flood");
  checkout.configure(network(SITES));
  must(await checkout.lab());
});

afterAll(async () => {
  await checkout.dispose();
});

/** The way from a client to the service: its interface and gateway, and its own address. */
async function wayOf(namespace: string): Promise<{ dev: string; gateway: string; prefsrc: string }> {
  const { stdout } = await execa("nsenter", [`--net=${namespace}`, "ip", "-j", "route", "get", ADDRESSES[0]!]);
  const [route] = JSON.parse(stdout) as { dev: string; gateway: string; prefsrc: string }[];
  if (route === undefined) throw new Error("no route to the service");
  return route;
}

test("a flood at one site: the clients of the others are answered, at most one site is withdrawn, and all is as before within 60 s of its end", async () => {
  const lab = labAt(join(checkout.folder, ".lab"));
  const namespace = `${NAMESPACES}/${namespaceOf(lab, "client-fra")}`;
  const { dev, gateway, prefsrc } = await wayOf(namespace);
  const question = { name: "example.net", type: "SOA", class: "IN" } as const;
  const query = dns.encode({ type: "query", id: 1, flags: 0, questions: [question] }).toString("hex");
  const argv = [dev, ADDRESSES[0]!, "53", prefsrc, "1", `${ATTACK}`, `${SECONDS}`, query, "0", "2", gateway];
  const stop = await askFrom(lab, OTHERS, ADDRESSES, RATE);
  const watched = watchAnnouncers(lab, ADDRESSES.length, SITES.length - 1);
  const { stdout } = await execa("nsenter", [`--net=${namespace}`, "python3", FLOOD, ...argv]);
  const tallies = await stop();
  const { fewest } = await watched();
  const asked = tallies.flatMap(({ udp, tcp }) => [udp, tcp]);
  const [sent, lost] = [
    asked.reduce((sum, tally) => sum + tally.sent, 0),
    asked.reduce((sum, tally) => sum + tally.lost.length, 0),
  ];
  console.log(
    `${stdout.split(" ")[1]} questions/s at fra; the other clients: ${lost} of ${sent} lost; at least ${fewest} sites announced`,
  );
  expect(Number(stdout.split(" ")[0])).toBeGreaterThan(SECONDS * LEAST);
  expect(lost / sent).toBeLessThan(0.01);
  expect(fewest).toBeGreaterThanOrEqual(SITES.length - 1);
  await vi.waitFor(async () => expectPredicted(await checkout.query(), ["client-fra", ...OTHERS]), {
    timeout: 60_000,
  });
}, 400_000);
