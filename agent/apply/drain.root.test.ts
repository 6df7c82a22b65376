import { spawn, type ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { applyResultSchema } from "../../model/manifest.ts";
import { HEARTBEAT_PORT } from "../../model/paths.ts";
import type { Peers } from "../../model/peers.ts";
import type { SiteStatus } from "../status/status.ts";
import { NETWORK, SECRETS, secretsText, siteManifest, type ManifestChanges } from "../testing/manifest.ts";
import { SiteHost, until } from "../testing/site-host.ts";

const V4 = "203.0.113.0/24";
const PATIENCE = 4000;

let host: SiteHost;
let client: ChildProcess | undefined;
/** Another one for each apply, so that it has to restart Knot. */
let workers = 1;

const manifest = (changes?: ManifestChanges) =>
  siteManifest(SECRETS, { config: { drain: { residue: 1, patience: PATIENCE } }, ...changes });
const restart = () => manifest({ knot: { workers: ++workers } });

beforeAll(async () => {
  host = await SiteHost.create();
  await host.storeSecrets(SECRETS, secretsText());
  await host.mustApply(manifest());
});
beforeEach(async () => {
  await host.forgetFlaps();
  await until("announced in full", async () => (await states()).every((state) => state === "full"));
});
afterEach(() => {
  client?.kill("SIGKILL");
  client = undefined;
});
afterAll(() => host?.dispose());

async function status(): Promise<SiteStatus> {
  return JSON.parse((await host.agent("status", "--json")).stdout) as SiteStatus;
}

async function states(): Promise<(string | null)[]> {
  return (await status()).prefixes.map(({ actual }) => actual);
}

/** How the IPv4 prefix went, newest last. */
async function transitions(): Promise<string[]> {
  const { stdout } = await host.agent("history", "--json");
  const all = JSON.parse(stdout) as { prefix: string; to: string; at: string }[];
  return all.filter(({ prefix }) => prefix === V4).map(({ to }) => to);
}

/** Packets to the service's address from the provider's router, some hundred a second, until the test ends. */
function send(): void {
  const script = "while :; do printf x > /dev/udp/203.0.113.53/53; sleep 0.005; done";
  const route = `ip route replace 203.0.113.53 via ${NETWORK.host4}`;
  client = spawn("ip", ["netns", "exec", `${host.name}-edge`, "bash", "-c", `${route}; ${script}`]);
}

test("an apply that restarts the service drains, withdraws, and comes back the same way, within seconds without traffic", async () => {
  const before = (await transitions()).length;
  const started = performance.now();
  await host.mustApply(restart());
  expect(performance.now() - started).toBeLessThan(15_000);
  expect((await transitions()).slice(before)).toEqual(["drained", "withdrawn", "drained", "full"]);
  const log = (await host.exec("journalctl", "-t", "anycast-apply", "-o", "cat", "-n", "20")).stdout;
  expect(log).toMatch(
    /drained: waiting for its traffic[^]*\n0 packets\/s come after 1\.\d s, as few as the residue\nwithdrawn/,
  );
});

test("traffic that stays is waited for as long as the patience lasts; the apply goes on and says so", async () => {
  send();
  const { status: ended, stdout, stderr } = await host.apply(restart());
  expect([ended, stderr]).toEqual([0, ""]);
  expect(applyResultSchema.parse(JSON.parse(stdout)).warnings).toEqual([
    expect.stringMatching(
      /^drain: \d+(\.\d)? packets\/s still come after 4\.\d s, the patience of the drain: going on$/,
    ),
  ]);
});

test("without counters the same, and the service is never touched before", async () => {
  await host.exec("nft", "delete", "table", "inet", "anycast");
  const { stdout } = await host.apply(restart());
  const { warnings } = applyResultSchema.parse(JSON.parse(stdout));
  expect(warnings[0]).toMatch(/^drain: the traffic cannot be counted after 4\.\d s/);
  await host.exec("systemctl", "restart", "anycast-network");
});

test("a site that is drained by hand stays so through an apply, and after it", async () => {
  expect((await host.agent("drain", "--reason", "new line", "--by", "ann")).status).toBe(0);
  const { stdout } = await host.apply(restart());
  expect(applyResultSchema.parse(JSON.parse(stdout))).toMatchObject({
    prefixes: { [V4]: "drained" },
    warnings: [
      expect.stringMatching(/^drained by hand since .* by ann: new line; it stays so until 'anycast undrain'$/),
    ],
  });
  expect(await states()).toEqual(["drained", "drained"]);
  const second = await host.agent("drain", "--reason", "new disks", "--by", "bob");
  expect(second.status).toBe(1);
  expect(second.stderr).toMatch(/it is drained by hand already, since .*: new line \(ann\)\. Give the same reason/);
  expect((await host.agent("undrain")).status).toBe(0);
  await until("in full", async () => (await states()).every((state) => state === "full"));
});

test("a drain by hand while an apply holds the site is taken, and holds when the apply is over", async () => {
  const held = connect(host.path("/run/anycast/agent.sock"));
  held.write('{"command":"hold","reason":"an apply"}\n');
  await until("withdrawn", async () => (await states()).every((state) => state === "withdrawn"));
  expect((await host.agent("drain", "--reason", "new line")).status).toBe(0);
  expect(await status()).toMatchObject({ held: "an apply", drain: { reason: "new line" } });
  expect(await states()).toEqual(["withdrawn", "withdrawn"]);
  held.destroy();
  await until("drained", async () => (await states()).every((state) => state === "drained"));
  await host.agent("undrain");
});

test("an agent that hangs does not block an apply: its routes are gone by themselves", async () => {
  await host.exec("systemctl", "kill", "--signal=STOP", "anycast-agent");
  const started = performance.now();
  const apply = host.apply(restart());
  await until("withdrawn", async () => !(await host.received()).includes(V4));
  await host.exec("sleep", "3");
  await host.exec("systemctl", "kill", "--signal=CONT", "anycast-agent");
  expect(await apply).toMatchObject({ status: 0, stderr: "" });
  expect(performance.now() - started).toBeLessThan(40_000);
}, 60_000);

test("a drain by configuration is asked for as one by hand: where no other site is heard it is refused, and permitted it is done", async () => {
  const prefixes = [V4, "2001:db8:53::/48"];
  const peers: Peers = {
    format: 1,
    key: Buffer.alloc(32, 5).toString("base64"),
    peers: [{ site: "nyc", addresses: [NETWORK.edge4], port: HEARTBEAT_PORT }],
    sites: ["fra", "nyc"],
  };
  const config = { heartbeat: { addresses: [NETWORK.host4], port: HEARTBEAT_PORT } };
  await host.mustApply(manifest({ config }));
  expect((await host.execWith(JSON.stringify(peers), "node", host.bundle, "peers")).status).toBe(0);
  await until("it knows of the silence", async () => (await status()).fleet?.heard === 0);
  const drained = manifest({ config: { ...config, state: "drained" } });
  const refused = await host.apply(drained);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain(
    `draining here could leave no site that announces ${prefixes.join(", ")} in full, as no other site is heard: ` +
      `wait until one is, or permit it once, for each prefix: anycast allow-below-floor ${V4} --reason TEXT. Nothing was changed`,
  );
  expect(await states()).toEqual(["full", "full"]);
  for (const prefix of prefixes) await host.agent("allow-below-floor", prefix, "--reason", "the end");
  expect(await host.apply(drained)).toMatchObject({ status: 0, stderr: "" });
  expect(await status()).toMatchObject({ state: "drained", drain: null, held: null });
  expect(await states()).toEqual(["drained", "drained"]);
});
