import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Peers } from "../../model/peers.ts";
import { systemClock } from "../clock.ts";
import type { AgentEvent } from "../events.ts";
import { createFleet } from "./create.ts";
import type { GossipFleet } from "./gossip.ts";
import { loadPeers, storePeers } from "./peers-file.ts";

const PREFIX = "203.0.113.0/24";
const QUIET = { drained: false, claim: "none" } as const;
const key = Buffer.alloc(32, 9).toString("base64");
const marker = { address: "198.19.0.0/31", protocol: "x" };
const prefixes = [{ cidr: PREFIX, family: 4 as const, services: [], full: marker, drained: marker }];

const fleets: GossipFleet[] = [];
afterEach(() => fleets.splice(0).forEach((fleet) => fleet.close()));

async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

function start(
  site: string,
  addresses: string[],
  ports: Record<string, number>,
  events: AgentEvent[] = [],
): GossipFleet {
  const peers: Peers = {
    format: 1,
    key,
    peers: Object.entries(ports)
      .filter(([other]) => other !== site)
      .map(([other, port]) => ({ site: other, addresses, port })),
  };
  const fleet = createFleet({
    config: { site, floor: 2, prefixes, heartbeat: { addresses, port: ports[site] ?? 0 } },
    peers,
    clock: systemClock,
    tell: (event) => events.push(event),
    onChange: () => {},
  });
  fleets.push(fleet);
  return fleet;
}

test.each([[["127.0.0.1"]], [["127.0.0.1", "::1"]]])("sites hear each other by UDP over %s", async (addresses) => {
  const ports = { a: await freePort(), b: await freePort(), c: await freePort() };
  const [a, b, c] = ["a", "b", "c"].map((site) => start(site, addresses, ports));
  b?.publish(new Map([[PREFIX, { ...QUIET, announces: true, badness: 0 }]]));
  c?.publish(new Map([[PREFIX, { ...QUIET, announces: false, badness: 1 }]]));
  await expect.poll(() => a?.view().heard, { timeout: 5000 }).toBe(2);
  await expect.poll(() => a?.view().prefix(PREFIX).announcing).toBe(1);
  await expect.poll(() => a?.view().prefix(PREFIX).before(3)).toBe(1);
  b?.publish(new Map([[PREFIX, { ...QUIET, announces: false, badness: 3 }]]));
  b?.close();
  await expect.poll(() => a?.view().prefix(PREFIX).announcing, { interval: 5, timeout: 500 }).toBe(0);
});

test("an address that cannot be listened on is an alarm until it can", async () => {
  const ports = { a: await freePort(), b: await freePort() };
  const blocker = createSocket("udp4").bind(ports.a, "127.0.0.1");
  await once(blocker, "listening");
  const events: AgentEvent[] = [];
  const a = start("a", ["127.0.0.1"], ports, events);
  start("b", ["127.0.0.1"], ports);
  const about = `heartbeats at 127.0.0.1:${ports.a}`;
  await expect.poll(() => events).toEqual([{ event: "alarm", about, problem: expect.stringContaining("EADDRINUSE") }]);
  blocker.close();
  await expect.poll(() => events.at(-1), { timeout: 3000 }).toEqual({ event: "cleared", about });
  await expect.poll(() => a.view().heard, { timeout: 3000 }).toBe(1);
});

test("peers.json is written for the agent's eyes only, once, and a broken one leaves the old one there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "anycast-peers-"));
  try {
    const path = join(folder, "peers.json");
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    expect(loadPeers(path)).toBeUndefined();
    const peers = { format: 1, key, peers: [{ site: "fra", addresses: ["192.0.2.1"], port: 1 }] } as const;
    expect(await storePeers(JSON.stringify(peers), path, owner)).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(loadPeers(path)).toEqual(peers);
    expect(await storePeers(JSON.stringify(peers), path, owner)).toBe(false);
    const broken = storePeers(JSON.stringify({ ...peers, key: "a2V5IQ==" }), path, owner);
    await expect(broken).rejects.toThrow(/^the peers on standard input: key: must be 32 octets in base64$/);
    expect(loadPeers(path)).toEqual(peers);
    const named = JSON.stringify({ ...peers, sites: ["ber", "fra"] });
    expect(await storePeers(named, path, owner)).toBe(true);
    expect(loadPeers(path)).toEqual({ ...peers, sites: ["ber", "fra"] });
    // As an agent of the release before reads it.
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(peers);
    expect(await storePeers(named, path, owner)).toBe(false);
    await storePeers(JSON.stringify(peers), path, owner);
    expect(loadPeers(path)).toEqual(peers);
    await writeFile(path, "{");
    expect(() => loadPeers(path)).toThrow(/no complete JSON/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
