import { randomInt } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { agentCheckSchema, type AgentCheckInput } from "../../model/agent-config.ts";
import type { PeerCheck } from "../../model/agent-checks.ts";
import { isPeerCheck } from "../../model/peer-checks.ts";
import type { Check, ProbeResult } from "../check/check.ts";
import { PEER_PATIENCE } from "../check/peer.ts";
import { systemClock } from "../clock.ts";
import { SimulatedNetwork } from "../testing/simulated-network.ts";
import { createFleet } from "./create.ts";
import { LONGEST_BODY } from "./message.ts";
import { readAnswer, readRequest, writeAnswer, writeRequest } from "./probe-message.ts";

const TIMEOUT = 400;

function asked(input: AgentCheckInput): PeerCheck {
  const check = agentCheckSchema.parse({ timeout: TIMEOUT, from: "peer", ...input });
  if (!isPeerCheck(check)) throw new Error("no check that peers make");
  return check;
}

const never = (): AbortSignal => new AbortController().signal;

/** Lets simulated time pass, and what the probes do in it. */
async function pass(network: SimulatedNetwork, milliseconds: number): Promise<void> {
  for (let left = milliseconds; left > 0; left -= 10) {
    network.time.pass(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Sites that hear each other, and who was made to probe what. */
async function fleetOf(names: readonly string[], does: (site: string) => Check["probe"] = () => async () => {}) {
  const network = new SimulatedNetwork({ names, weather: { loss: 0, duplication: 0.2, delay: [5, 6] } });
  const probed: string[] = [];
  network.makeCheck = (site, check) => ({
    label: "",
    probe: async (signal) => {
      probed.push(`${site} ${"address" in check ? check.address : check.kind}`);
      await does(site)(signal);
    },
  });
  await pass(network, 1500);
  const ask = async (from: string, check: PeerCheck, turn = 0): Promise<ProbeResult | undefined> => {
    const answer = network.site(from).fleet.ask(check, turn, never());
    await pass(network, 3 * (TIMEOUT + PEER_PATIENCE));
    return await answer;
  };
  const self = asked({ kind: "tcp", address: network.addressOf("a"), port: 80 });
  return { network, probed, ask, self };
}

/** A probe that the kernel lets fail. */
function failing(code: string): Check["probe"] {
  return () => Promise.reject(Object.assign(new Error(code), { code }));
}

test("a peer makes the probe and tells what it found, each time another one", async () => {
  const { ask, self, probed } = await fleetOf(["a", "b", "c"]);
  expect(await ask("a", self, 0)).toMatchObject({ ok: true });
  expect(await ask("a", self, 1)).toMatchObject({ ok: true });
  expect(probed).toEqual(["b 192.0.0.0", "c 192.0.0.0"]);
});

test("a failure is told with its cause, and by whom", async () => {
  const { ask, self } = await fleetOf(["a", "b"], () => failing("ECONNREFUSED"));
  const cause = "b says: connection refused (ECONNREFUSED)";
  expect(await ask("a", self)).toMatchObject({ ok: false, cause });
});

test("a probe that nothing comes of in time has failed", async () => {
  const { ask, self } = await fleetOf(["a", "b"], () => () => new Promise(() => {}));
  expect(await ask("a", self)).toMatchObject({ ok: false, cause: `b says: no answer within ${TIMEOUT} ms` });
});

test("what is the asked host's own fault is not told: then another one is asked", async () => {
  const { ask, self, probed } = await fleetOf(["a", "b", "c"], (site) =>
    site === "b" ? failing("ENETUNREACH") : async () => {},
  );
  expect(await ask("a", self, 0)).toMatchObject({ ok: true });
  expect(probed).toEqual(["b 192.0.0.0", "c 192.0.0.0"]);
});

test("nothing is found when nobody is heard or answers", async () => {
  const { network, ask, self } = await fleetOf(["a", "b", "c"]);
  network.passes = (from) => from !== "a";
  const answer = network.site("a").fleet.ask(self, 0, never());
  await pass(network, 2 * (TIMEOUT + PEER_PATIENCE) + 100);
  expect(await answer).toBeUndefined();
  network.passes = () => false;
  await pass(network, 1500);
  expect(await network.site("a").fleet.ask(self, 0, never())).toBeUndefined();
  network.passes = () => true;
  await pass(network, 1500);
  expect(await ask("a", self)).toMatchObject({ ok: true });
});

test("nobody can be made to probe others than who asks", async () => {
  const { network, ask, probed } = await fleetOf(["a", "b", "c"]);
  for (const address of [network.addressOf("b"), network.addressOf("c"), "192.0.2.99", "::ffff:192.0.0.0"])
    expect(await ask("a", asked({ kind: "tcp", address, port: 80 }))).toBeUndefined();
  expect(probed).toEqual([]);
});

test("who asks too often is not answered for a while, while others are", async () => {
  const { network, ask, self, probed } = await fleetOf(["a", "b", "c"]);
  network.passes = (_, to) => to !== "c";
  for (let count = 0; count < 200; count++) {
    void network.site("a").fleet.ask(self, 0, never());
    await pass(network, 10);
  }
  // 20 at first, and 20 for each of 2 s.
  expect(probed.length).toBeGreaterThan(30);
  expect(probed.length).toBeLessThanOrEqual(60);
  network.passes = () => true;
  await pass(network, 1000);
  expect(await ask("c", asked({ kind: "icmp", address: network.addressOf("c") }))).toMatchObject({ ok: true });
});

test("requests that are replayed set nothing off", async () => {
  const { network, ask, self, probed } = await fleetOf(["a", "b"]);
  const captured: { to: string; message: Buffer }[] = (network.captured = []);
  expect(await ask("a", self)).toMatchObject({ ok: true });
  for (const { to, message } of captured.slice()) network.deliver(to, message);
  await pass(network, 500);
  expect(probed).toHaveLength(1);
});

test.each<[string, unknown]>([
  ["another kind", { kind: "command", argv: ["reboot"] }],
  ["a command in disguise", { kind: "tcp", address: "192.0.2.1", port: 80, argv: ["reboot"] }],
  [
    "servers of serials",
    { ...question({ kind: "dns", address: "192.0.2.1", name: "x" }), serial: { servers: ["192.0.2.2"], behind: 0 } },
  ],
  ["a name for an address", { kind: "icmp", address: "example.net" }],
  ["a port that is none", { kind: "tcp", address: "192.0.2.1", port: 65536 }],
  ["headers that are none", { ...question({ kind: "http", address: "192.0.2.1" }), headers: { a: 1 } }],
  ["a kind of every object", { kind: "constructor", address: "192.0.2.1" }],
  ["nothing", null],
])("a request with %s is none", (_, wanted) => {
  expect(readRequest(Buffer.from(JSON.stringify({ id: 1, timeout: 400, question: wanted })))).toBeUndefined();
});

function question(input: AgentCheckInput): object {
  const body = writeRequest({ id: 1, check: asked(input) });
  return (JSON.parse(body.toString()) as { question: object }).question;
}

test.each<AgentCheckInput>([
  { kind: "dns", address: "192.0.2.1", name: "example.net", flags: ["aa", "ad"], answer: "x" },
  { kind: "http", address: "192.0.2.1" },
  { kind: "https", address: "2001:db8::1", host: "example.net", body: "ok", headers: { a: "b" }, certificateDays: 3 },
  { kind: "tcp", address: "192.0.2.1", port: 25, banner: "220\xff" },
  { kind: "udp", address: "192.0.2.1", port: 9, send: "a", expect: "b" },
  { kind: "icmp", address: "192.0.2.1" },
])("a request for $kind is read as it was written", (input) => {
  const check = asked({ ...input, timeout: 60_000 });
  const read = readRequest(writeRequest({ id: 7, check }));
  const placed = { every: 1000, fall: 1, rise: 1, from: "host", timeout: 10_000 };
  expect(read).toEqual({ id: 7, check: { ...check, ...placed } });
});

test("an answer fits a message, whatever the cause", () => {
  const body = writeAnswer({ id: 2 ** 48, result: { ok: false, took: 1, cause: "\n\u{ffff}".repeat(500) } });
  expect(body.length).toBeLessThanOrEqual(LONGEST_BODY);
  expect(readAnswer(body)?.result).toMatchObject({ ok: false, cause: " \u{ffff}".repeat(100) });
  expect(readAnswer(Buffer.from("{"))).toBeUndefined();
});

test("over UDP, a site learns from another one whether its port answers", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const ports = [randomInt(20_000, 30_000), randomInt(30_001, 32_000)];
  const marker = { address: "198.19.0.0/31", protocol: "x" };
  const fleets = ports.map((own, index) => {
    const peers = ports.flatMap((other, place) =>
      place === index ? [] : [{ site: `site-${place}`, addresses: ["127.0.0.1"], port: other }],
    );
    return createFleet({
      config: {
        site: `site-${index}`,
        floor: 1,
        prefixes: [{ cidr: "203.0.113.0/24", family: 4, services: [], full: marker, drained: marker }],
        heartbeat: { addresses: ["127.0.0.1"], port: own },
      },
      peers: { format: 1, key: Buffer.alloc(32, 9).toString("base64"), peers },
      clock: systemClock,
      tell: () => {},
      onChange: () => {},
    });
  });
  onTestFinished(() => fleets.forEach((fleet) => fleet.close()));
  await expect
    .poll(() => fleets.map((fleet) => fleet.heardSites()), { timeout: 5000 })
    .toEqual([["site-1"], ["site-0"]]);
  const check = asked({ kind: "tcp", address: "127.0.0.1", port });
  await expect.poll(() => fleets[0]?.ask(check, 0, never()), { timeout: 5000 }).toMatchObject({ ok: true });
  await new Promise((resolve) => server.close(resolve));
  const cause = "site-1 says: connection refused (ECONNREFUSED)";
  await expect.poll(() => fleets[0]?.ask(check, 0, never()), { timeout: 5000 }).toMatchObject({ ok: false, cause });
});
