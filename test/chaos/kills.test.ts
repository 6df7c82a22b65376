import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Checkout, must } from "../e2e/checkout.ts";
import { enginePids, pluginPids } from "../e2e/engine.ts";
import { expectPredicted, network, ZONE } from "../e2e/network.ts";

const SITES = ["fra", "nyc", "sin"];
const CLIENTS = SITES.map((site) => `client-${site}`);
const VICTIMS = ["pulumi", "pulumi and plugin", ...SITES];
const KILLS = 50;
/** Milliseconds that an `up` takes at most until its last site is applied to. */
const UP = 15_000;

let checkout: Checkout;
let round = 0;

beforeAll(async () => {
  checkout = await Checkout.create("kills");
  checkout.configure(network(SITES));
  must(await checkout.lab());
});

afterAll(async () => {
  await checkout.dispose();
});

/** Changes what every daemon is told: a zone, Knot's workers, which restarts it, and a comment of BIRD's. Returns the zone's serial. */
function change(): string {
  round += 1;
  const serial = String(2031000000 + round);
  checkout.edit(ZONE, (zone) => zone.replace(/\d{10}/, serial));
  checkout.edit("render/knot.ts", (text) => text.replace(/udp-workers: \d/, `udp-workers: ${3 + (round % 3)}`));
  checkout.edit("render/bird.ts", (text) => text.replace(/"log syslog all;.*?"/, `"log syslog all; # ${round}"`));
  return serial;
}

/** What a site is: the serial that it serves, and which of its files belong together. */
async function stateOf(site: string): Promise<{ serial: string; files: string }> {
  const script = `cat /etc/knot/zones/example.net.zone | grep -o '[0-9]\\{10\\}'
    grep -o 'udp-workers: [0-9]' /etc/knot/knot.conf; grep -o 'log syslog all;.*' /etc/bird/bird.conf
    knotc -c /etc/knot/knot.conf zone-status example.net +serial | grep -o '[0-9]\\{10\\}'`;
  const [serial = "", ...files] = must(await checkout.exec(`site-${site}`, "sh", "-c", script)).stdout.split("\n");
  return { serial, files: files.join("\n") };
}

async function states(): Promise<Map<string, string>> {
  return new Map(await Promise.all(SITES.map(async (site) => [site, JSON.stringify(await stateOf(site))] as const)));
}

/** Kills the engine, whose plugin lives on, the engine and its plugin, or the connections to one site. */
async function kill(victim: string): Promise<void> {
  const ofPulumi = victim.startsWith("pulumi") ? enginePids(checkout.folder) : [];
  const ofPlugin = victim === "pulumi and plugin" ? pluginPids(checkout.folder) : [];
  for (const pid of [...ofPulumi, ...ofPlugin]) process.kill(pid, "SIGKILL");
  if (SITES.includes(victim)) await checkout.exec(`site-${victim}`, "pkill", "-KILL", "-f", "sshd: root@notty");
}

test(
  `${KILLS} kills of pulumi or of SSH at random moments: every site is before or after, never between, and the next up ends right`,
  async () => {
    const before = await states();
    for (let count = 0; count < KILLS; count += 1) {
      const victim = VICTIMS[count % VICTIMS.length] ?? "";
      const moment = Math.random() * UP;
      const what = `kill ${count} of ${victim} after ${Math.round(moment)} ms`;
      change();
      const up = checkout.start("pulumi", "up", "--yes", "--skip-preview", "--stack", "lab", "--color", "never");
      await sleep(moment);
      await kill(victim);
      await up;
      // What was under way on the hosts goes on to its end by itself.
      await vi.waitFor(
        async () => {
          for (const site of SITES)
            expect((await checkout.exec(`site-${site}`, "test", "-e", "/var/lib/anycast/transaction.json")).ok).toBe(
              false,
            );
        },
        { timeout: 90_000 },
      );
      const between = await states();
      expectPredicted(await checkout.query(), CLIENTS);
      await checkout.pulumi("cancel", "--yes", "--stack", "lab");
      must(await checkout.up());
      const after = await states();
      expect(new Set(after.values()).size, `${what}: all sites are the same afterwards`).toBe(1);
      for (const [site, state] of between)
        expect([before.get(site), after.get(site)], `${what}: ${site}`).toContain(state);
      for (const [site, state] of after) before.set(site, state);
      console.log(
        `${what}: ${[...between].map(([site, state]) => `${site} ${state === after.get(site) ? "after" : "before"}`).join(", ")}`,
      );
    }
  },
  2 * 3600_000,
);
