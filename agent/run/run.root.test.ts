import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SiteStatus } from "../status/status.ts";
import { SECRETS, secretsText, siteManifest } from "../testing/manifest.ts";
import { SiteHost, until } from "../testing/site-host.ts";

const SOCKET = "/run/anycast/agent.sock";

let host: SiteHost;
beforeAll(async () => {
  host = await SiteHost.create();
  await host.storeSecrets(SECRETS, secretsText());
  await host.mustApply(siteManifest(SECRETS));
});
beforeEach(async () => {
  await host.exec("systemctl", "start", "knot", "bird", "anycast-agent");
  // No test has to answer for the flaps of those before it.
  await until("the agent answers", async () => (await host.agent("reset")).status === 0);
  await untilAnnounced(true);
});
afterAll(() => host?.dispose());

/** Waits until the provider's router has both prefixes or none. Returns the milliseconds that it took. */
async function untilAnnounced(wanted: boolean): Promise<number> {
  const started = performance.now();
  await until(wanted ? "announced" : "withdrawn", async () => {
    const received = await host.received();
    return ["203.0.113.0/24", "2001:db8:53::/48"].every((prefix) => received.includes(prefix) === wanted);
  });
  return performance.now() - started;
}

async function pidOf(...pattern: readonly string[]): Promise<string> {
  return (await host.exec("pgrep", ...pattern)).stdout.trim();
}

async function status(): Promise<SiteStatus> {
  return JSON.parse((await host.agent("status", "--json")).stdout) as SiteStatus;
}

test("status tells what is meant and what is", async () => {
  const seen = await status();
  expect(seen).toMatchObject({ site: "fra", held: null, bird: null, services: { dns: { verdict: "up" } } });
  expect(seen.prefixes.map(({ wanted, actual }) => [wanted, actual])).toEqual([
    ["full", "full"],
    ["full", "full"],
  ]);
  expect(seen.sessions.map(({ protocol, state }) => [protocol, state])).toEqual([
    ["edge4", "Established"],
    ["edge6", "Established"],
  ]);
  const text = (await host.agent("status")).stdout;
  expect(text).toMatch(/203\.0\.113\.0\/24 +full +for \d+ s +dns healthy/);
});

describe("withdrawn, and announced again afterwards, when", () => {
  test("the service stops", async () => {
    await host.exec("systemctl", "stop", "knot");
    expect(await untilAnnounced(false)).toBeLessThan(2000);
    const { prefixes } = await status();
    expect(prefixes[0]).toMatchObject({ wanted: "withdrawn", actual: "withdrawn" });
    expect(prefixes[0]?.cause).toMatch(/^dns: (was|is being) stopped$/);
  });

  test("the service hangs", async () => {
    await host.exec("systemctl", "kill", "--signal=STOP", "knot");
    expect(await untilAnnounced(false)).toBeLessThan(2000);
    await host.exec("systemctl", "kill", "--signal=CONT", "knot");
  });

  test("the agent is killed", async () => {
    await host.exec("systemctl", "kill", "--kill-whom=main", "--signal=KILL", "anycast-agent");
    expect(await untilAnnounced(false)).toBeLessThan(2000);
  });

  test("the agent is stopped", async () => {
    await host.exec("systemctl", "stop", "anycast-agent");
    expect(await untilAnnounced(false)).toBeLessThan(1000);
    const { stderr } = await host.agent("status");
    expect(stderr).toBe(
      "anycast-agent: fra: the agent is not running: see 'systemctl status anycast-agent' and 'journalctl -u anycast-agent'",
    );
  });

  test("the agent hangs: the kernel lets the markers expire", async () => {
    await host.exec("systemctl", "kill", "--signal=STOP", "anycast-agent");
    expect(await untilAnnounced(false)).toBeLessThan(4500);
    await host.exec("systemctl", "kill", "--signal=CONT", "anycast-agent");
  });

  test("BIRD is killed", async () => {
    await host.exec("systemctl", "kill", "--signal=KILL", "bird");
    expect(await untilAnnounced(false)).toBeLessThan(2000);
  });
});

test("the death of the `ip` child is survived without a withdrawal", async () => {
  const routes = await host.received();
  const pid = await pidOf("-x", "ip");
  await host.exec("kill", "-KILL", pid);
  await until("another one runs", async () => ![pid, ""].includes(await pidOf("-x", "ip")));
  await host.exec("sleep", "4");
  expect(await host.received()).toBe(routes);
});

test("a hold withdraws, and ends with its connection", async () => {
  const socket = connect(host.path(SOCKET));
  socket.write('{"command":"hold","reason":"maintenance"}\n');
  await untilAnnounced(false);
  expect((await status()).held).toBe("maintenance");
  socket.destroy();
  await untilAnnounced(true);
});

test("another configuration of BIRD does not flap what is announced", async () => {
  const routes = await host.received();
  for (let round = 0; round < 5; round++) await host.exec("birdc", "configure");
  expect(await host.received()).toBe(routes);
});

test("a broken bird.conf does not keep a dead service announced", async () => {
  await host.exec("sh", "-c", "cp /etc/bird/bird.conf /tmp && echo nonsense >> /etc/bird/bird.conf && birdc configure");
  await host.exec("systemctl", "stop", "knot");
  expect(await untilAnnounced(false)).toBeLessThan(2000);
  await host.exec("cp", "/tmp/bird.conf", "/etc/bird/bird.conf");
});

test("withdraw-now deletes the markers, and is content when there are none", async () => {
  await host.exec("systemctl", "kill", "--signal=STOP", "anycast-agent");
  expect(await host.agent("withdraw-now")).toEqual({ status: 0, stdout: "", stderr: "" });
  expect(await untilAnnounced(false)).toBeLessThan(500);
  expect(await host.agent("withdraw-now")).toEqual({ status: 0, stdout: "", stderr: "" });
  await host.exec("systemctl", "kill", "--signal=CONT", "anycast-agent");
});
