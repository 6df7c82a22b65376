import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Checkout, must, type Running } from "./checkout.ts";
import { enginePids, pluginPids } from "./engine.ts";
import { expectPredicted, network, ZONE } from "./network.ts";

const CLIENTS = ["client-fra", "client-nyc"];

let checkout: Checkout;
let serial = 2028000000;

beforeAll(async () => {
  checkout = await Checkout.create("interrupted");
  checkout.configure(network(["fra", "nyc"]));
  must(await checkout.lab());
});

afterAll(async () => {
  await checkout.dispose();
});

function newSerial(): string {
  serial += 1;
  checkout.edit(ZONE, (zone) => zone.replace(/\d{10}/, String(serial)));
  return String(serial);
}

async function servedBy(client: string): Promise<string> {
  return (
    must(await checkout.exec(client, "kdig", "@203.0.113.53", "example.net", "SOA", "+short")).stdout.split(" ")[2] ??
    ""
  );
}

/** Starts an `up` and waits until fra's apply is in the middle of its transaction, where it is held until {@link goOn}. */
async function upHeldInTheMiddle(): Promise<{ up: Running }> {
  // Inside the host, because from outside it would be over before the next look.
  const hold = "until [ -e /var/lib/anycast/transaction.json ]; do sleep 0.005; done; pkill -STOP -f '[j]ob apply'";
  const held = checkout.exec("site-fra", "timeout", "200", "sh", "-c", hold);
  const up = checkout.start("pulumi", "up", "--yes", "--skip-preview", "--stack", "lab", "--color", "never");
  must(await held);
  return { up };
}

async function goOn(): Promise<void> {
  must(await checkout.exec("site-fra", "pkill", "-CONT", "-f", "[j]ob apply"));
}

/** The site is as before or as after: one consistent state, no transaction left, and clients are answered. */
async function expectBeforeOrAfter(before: string, after: string): Promise<void> {
  await vi.waitFor(
    async () => {
      expect((await checkout.exec("site-fra", "test", "-e", "/var/lib/anycast/transaction.json")).ok).toBe(false);
      expect((await checkout.exec("site-fra", "pgrep", "-f", "[j]ob apply")).ok).toBe(false);
    },
    { timeout: 60_000 },
  );
  expect([before, after]).toContain(await servedBy("client-fra"));
  expectPredicted(await checkout.query(), CLIENTS);
}

async function expectFinished(after: string): Promise<void> {
  must(await checkout.up());
  for (const client of CLIENTS) expect(await servedBy(client)).toBe(after);
  expectPredicted(await checkout.query(), CLIENTS);
}

test("SSH cut in the middle of an apply: the site is as before or as after, and the next up finishes", async () => {
  const before = await servedBy("client-fra");
  const after = newSerial();
  const { up } = await upHeldInTheMiddle();
  must(await checkout.exec("site-fra", "pkill", "-KILL", "-f", "sshd: root@notty"));
  const { exitCode, all } = await up;
  expect(exitCode, all).not.toBe(0);
  expect(all).toContain("anycast-fra-apply");
  await goOn();
  await expectBeforeOrAfter(before, after);
  await expectFinished(after);
});

test("`pulumi up` killed in the middle of an apply: after `pulumi cancel`, the next one waits for what its plugin has under way", async () => {
  newSerial();
  const { up } = await upHeldInTheMiddle();
  const engine = enginePids(checkout.folder);
  expect(engine).not.toEqual([]);
  for (const pid of engine) process.kill(pid, "SIGKILL");
  await up;
  must(await checkout.pulumi("cancel", "--yes", "--stack", "lab"));
  expect(pluginPids(checkout.folder), "the plugin lives on").toHaveLength(1);
  const after = newSerial();
  const next = checkout.start("pulumi", "up", "--yes", "--skip-preview", "--stack", "lab", "--color", "never");
  const waiting = ["pgrep", "-f", "^flock --wait 120 /var/lib/anycast/lock"];
  await vi.waitFor(async () => must(await checkout.exec("site-fra", ...waiting)), { timeout: 90_000 });
  await goOn();
  const { exitCode, all } = await next;
  expect(exitCode, all).toBe(0);
  for (const client of CLIENTS) expect(await servedBy(client)).toBe(after);
  expectPredicted(await checkout.query(), CLIENTS);
});

test("the host's power cut in the middle of an apply: the run says whom it waits for, and the host comes back as before or as after", async () => {
  const before = await servedBy("client-fra");
  const after = newSerial();
  const { up } = await upHeldInTheMiddle();
  let said = "";
  up.all.on("data", (chunk: Buffer) => (said += chunk.toString()));
  must(await checkout.lab("fail", "host-off", "fra"));
  const waits =
    /Site 'fra' \(198\.18\.[0-9.]+\): apply has not answered for 20 s\. .* at most 30 min; a broken connection is/;
  await vi.waitFor(() => expect(said).toMatch(waits), { timeout: 60_000 });
  // The plugin learns of the cut from the next probe that the host answers: without it, after two and a half minutes.
  must(await checkout.lab("heal", "fra"));
  const { exitCode, all } = await up;
  expect(exitCode, all).not.toBe(0);
  expect(all).toMatch(/broke off before these had finished:\s+Site 'fra' \(198\.18\.[0-9.]+\): apply/);
  await expectBeforeOrAfter(before, after);
  await expectFinished(after);
});
