import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HEARTBEAT_PORT, PATHS } from "../../model/paths.ts";
import type { Peers } from "../../model/peers.ts";
import { heartbeatTable } from "../../render/firewall-heartbeats.ts";
import { HOST } from "../../render/network-arbitrary.ts";
import { NETWORK, SECRETS, secretsText, siteManifest } from "../../agent/testing/manifest.ts";
import { SiteHost, until } from "../../agent/testing/site-host.ts";
import { siteId } from "../../agent/fleet/entry.ts";

const TESTING = join(import.meta.dirname, "../../agent/testing");
const PREFIXES = ["203.0.113.0/24", "2001:db8:53::/48"];
const PORT = HEARTBEAT_PORT;

/** Packets a second, and for how long: 32 beats come meanwhile. */
const RATE = 50_000;
const SECONDS = 8;

/** Fewer packets a second prove nothing: what the flood is slowed down by is to be found then. */
const LEAST_RATE = 40_000;

/** The most of a core that the agent may take under a flood. */
const MOST_CORE = 0.3;

const own = [NETWORK.host4, NETWORK.host6];
const others = [NETWORK.edge4, NETWORK.edge6];
const peersOf = (site: string, addresses: string[]): Peers => ({
  format: 1,
  key: Buffer.alloc(32, 5).toString("base64"),
  peers: [{ site, addresses, port: PORT }],
  sites: ["fra", "nyc"],
});

let host: SiteHost;
let peer: ChildProcess;
let told: { sent: number; heard: string[] } = { sent: 0, heard: [] };

beforeAll(async () => {
  host = await SiteHost.create();
  await host.storeSecrets(SECRETS, secretsText());
  const manifest = siteManifest(SECRETS, {
    config: { heartbeat: { addresses: own, port: PORT }, floor: 1 },
    patience: { timeout: 1000, fall: 5 },
  });
  const table = heartbeatTable({ ...HOST, ipv4: NETWORK.host4, ipv6: NETWORK.host6 })
    .flat()
    .join("\n");
  // As it is rendered, and counts what carries the word of a peer.
  const counting = table
    .replace("set words {", "counter beats {}\nset words {")
    .replace("@words accept", "@words counter name beats accept");
  manifest.files[PATHS.firewall]!.content += `${counting}\n`;
  await host.mustApply(manifest);
  const { status } = await host.execWith(JSON.stringify(peersOf("nyc", others)), "node", host.bundle, "peers");
  if (status !== 0) throw new Error("the agent refuses its peers");
  startPeer();
  await until("both sites hear each other", async () => told.heard.includes("fra") && (await heard()) === 1);
  await until("both prefixes are announced", isAnnounced);
});
afterAll(async () => {
  if (peer?.exitCode === null) peer.kill("SIGKILL");
  await host?.dispose();
});

/** Another site at the other end of the cable. */
function startPeer(): void {
  const config = {
    site: "nyc",
    floor: 1,
    heartbeat: { addresses: others, port: PORT },
    prefixes: PREFIXES.map((cidr) => ({ cidr, family: 4, services: [] })),
  };
  const script = join(TESTING, "beating-peer.ts");
  const argument = JSON.stringify({ config, peers: peersOf("fra", own) });
  const argv = ["netns", "exec", `${host.name}-edge`, process.execPath, "--import", "tsx", script, argument];
  peer = spawn("ip", argv, { stdio: ["ignore", "pipe", "inherit"] });
  createInterface(peer.stdout!).on("line", (line) => (told = JSON.parse(line) as typeof told));
}

async function heard(): Promise<number> {
  const { stdout } = await host.agent("status", "--json");
  return (JSON.parse(stdout || "{}") as { fleet?: { heard: number } }).fleet?.heard ?? 0;
}

async function isAnnounced(): Promise<boolean> {
  const received = await host.received();
  return PREFIXES.every((prefix) => received.includes(prefix));
}

/** Messages that came with the word of a peer, and those that the agent's sockets had no room for. */
async function arrived(): Promise<{ admitted: number; dropped: number }> {
  const { stdout: counter } = await host.exec("nft", "list", "counter", "inet", "anycast_heartbeats", "beats");
  const { stdout: sockets } = await host.exec("cat", "/proc/net/udp", "/proc/net/udp6");
  const ours = sockets.split("\n").filter((line) => line.includes(`:${PORT.toString(16).toUpperCase()} `));
  const dropped = ours.reduce((sum, line) => sum + Number(line.trim().split(/\s+/).at(-1)), 0);
  return { admitted: Number(/packets (\d+)/.exec(counter)?.[1]), dropped };
}

/** Seconds of processor time that the agent has taken. */
async function processorTime(): Promise<number> {
  const { stdout } = await host.exec("systemctl", "show", "--property=MainPID", "--value", "anycast-agent");
  const { stdout: stat } = await host.exec("cat", `/proc/${stdout.trim()}/stat`);
  const fields = stat.split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** What looks like a message of the peer as far as anybody without the key can know. */
function lookalike(): Buffer {
  const message = Buffer.alloc(200, 7);
  message.writeUInt16BE(0x0200, 0);
  message.writeUIntBE(siteId("nyc"), 6, 6);
  message.writeUIntBE(siteId("fra"), 12, 6);
  return message;
}

/** Floods the host's heartbeats from so many addresses; how many packets were sent, and how many a second. */
async function flood(source: string, count: number): Promise<{ sent: number; rate: number }> {
  // It stands for other people's machines: what else is tested here must not slow it down.
  const argv = ["-n", "-10", "ip", "netns", "exec", `${host.name}-edge`, "python3", join(TESTING, "flood.py")];
  const to = ["eth0", NETWORK.host4, `${PORT}`, source, `${count}`, `${RATE}`, `${SECONDS}`];
  const payload = [lookalike().toString("hex"), "2", "4"];
  const { stdout } = await execa("nice", [...argv, ...to, ...payload], { timeout: 60_000 });
  const [sent = 0, rate = 0] = stdout.split(" ").map(Number);
  return { sent, rate };
}

test.each([
  ["spoofed peers", NETWORK.edge4, 1],
  ["4,000 strangers", "198.18.64.0", 4000],
])(
  "a flood from %s costs no beat, and the agent next to nothing",
  async (_, source, count) => {
    const before = { updates: await host.updates(), time: await processorTime(), at: performance.now() };
    const first = await arrived();
    const over = new AbortController();
    const flooded = flood(source, count).finally(() => over.abort());
    const ends = flooded.catch(() => {});
    const silences: number[] = [];
    for (let round = 0; !over.signal.aborted; round++) {
      // As an apply does, also one that replaces the firewall.
      if (round % 4 === 2) await host.exec("systemctl", "reload", "anycast-network");
      if ((await heard()) !== 1 || !told.heard.includes("fra")) silences.push(round);
      await Promise.race([ends, sleep(300)]);
    }
    const { sent, rate } = await flooded;
    const share = ((await processorTime()) - before.time) / ((performance.now() - before.at) / 1000);
    console.log(`${sent} packets at ${rate}/s; the agent took ${(share * 100).toFixed(1)} % of a core`);
    expect(rate, "packets a second that this machine sent").toBeGreaterThan(LEAST_RATE);
    expect(silences).toEqual([]);
    expect(share).toBeLessThan(MOST_CORE);
    expect(await host.updates()).toBe(before.updates);
    expect(await isAnnounced()).toBe(true);
    const after = await arrived();
    expect(after.dropped - first.dropped).toBe(0);
  },
  120_000,
);

test("every beat of the peer has arrived", async () => {
  peer.kill("SIGTERM");
  await once(peer, "exit");
  const { admitted } = await arrived();
  console.log(`${told.sent} messages sent, ${admitted} let through by their word`);
  expect(told.sent).toBeGreaterThan(4 * SECONDS * 2);
  expect(admitted).toBe(told.sent);
});
