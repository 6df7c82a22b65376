import { join } from "node:path";
import * as dns from "dns-packet";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DNS_CHECK_PORT } from "../../model/dns.ts";
import { renderManifest, renderSecrets } from "../../render/manifest.ts";
import { CASES, PASSWORDS } from "../golden/cases.ts";
import { backToBack, type BackToBack } from "./back-to-back.ts";
import { edgeConfig } from "./edge-config.ts";
import { until } from "./until.ts";

const FLOOD = join(import.meta.dirname, "../../agent/testing/flood.py");
const SECONDS = 6;
const VIP = "203.0.113.53";
const HOST = "192.0.2.10";
const SOA = "ns.example.net. hostmaster.example.net. 1 7200 3600 1209600 3600";

const rendering = CASES["vultr-debian12"]!;
const files = { ...renderManifest(rendering).files, ...renderSecrets(rendering.host, PASSWORDS).files };
const question = { name: "example.net", type: "SOA", class: "IN" } as const;
const query = dns.encode({ type: "query", id: 1, flags: 0, questions: [question] });

/** Knot DNS as its unit starts it. */
const KNOT = `mkdir /run/knot && chown knot:knot /run/knot && exec setpriv --reuid=knot --regid=knot --clear-groups \
  --inh-caps=+net_bind_service --ambient-caps=+net_bind_service knotd`;

let net: BackToBack;
let stopKnot = async (): Promise<unknown> => undefined;

beforeAll(async () => {
  net = await backToBack(files, edgeConfig(rendering.host, rendering.network.asn, PASSWORDS));
  await net.edge.run("ip", "route", "add", "203.0.113.0/24", "via", HOST);
  stopKnot = net.site.daemon("sh", "-c", KNOT);
  await until("Knot answers", async () => {
    const answer = await net.edge.output("kdig", "+short", "+time=1", "+retry=0", `@${VIP}`, "example.net", "SOA");
    return answer === SOA;
  });
});
afterAll(async () => {
  await stopKnot();
  await net?.remove();
});

/** Asks again and again, as the agent's checks do, and says how many of the questions were answered within 500 ms. */
async function answered(port: number, milliseconds: number): Promise<{ asked: number; answered: number }> {
  const script = `
    const query = Buffer.from("${query.toString("hex")}", "hex");
    const socket = require("node:dgram").createSocket("udp4");
    let asked = 0, answered = 0, sentAt = 0;
    socket.on("message", () => { if (performance.now() - sentAt < 500 && sentAt > 0) { answered++; sentAt = 0; } });
    const ask = () => { asked++; sentAt = performance.now(); socket.send(query, ${port}, "${VIP}"); };
    const timer = setInterval(ask, 100);
    setTimeout(() => { clearInterval(timer); setTimeout(() => { console.log(JSON.stringify({ asked, answered })); process.exit(); }, 500); }, ${milliseconds});`;
  return JSON.parse(await net.site.run(process.execPath, "-e", script)) as { asked: number; answered: number };
}

async function octets(): Promise<{ received: number; sent: number }> {
  const [received, sent] = await Promise.all(
    ["rx", "tx"].map((way) => net.site.run("cat", `/sys/class/net/eth0/statistics/${way}_bytes`)),
  );
  return { received: Number(received), sent: Number(sent) };
}

/** Floods port 53 with questions from so many addresses. */
async function flood(source: string, count: number, rate: number): Promise<string> {
  const argv = ["eth0", VIP, "53", source, `${count}`, `${rate}`, `${SECONDS}`, query.toString("hex"), "0", "2", HOST];
  const { stdout } = await execa("ip", [
    "netns",
    "exec",
    net.edge.namespace,
    "nice",
    "-n",
    "5",
    "python3",
    FLOOD,
    ...argv,
  ]);
  return stdout.split(" ")[1] ?? "";
}

it("limits what can be sent to a victim in its name, and not the answers to the host itself", async () => {
  const before = await octets();
  const [rate, own] = await Promise.all([flood("100.64.9.0", 200, 20_000), answered(53, SECONDS * 1000)]);
  const after = await octets();
  const share = (after.sent - before.sent) / (after.received - before.received);
  console.log(
    `${rate} questions/s from one /24: ${share.toFixed(2)} octets out for one in; own ${JSON.stringify(own)}`,
  );
  expect(Number(rate)).toBeGreaterThan(2000);
  // Each second response is sent truncated; without a limit it is more than one octet for each.
  expect(share).toBeLessThan(0.75);
  expect(own.answered / own.asked).toBeGreaterThan(0.9);
}, 60_000);

it("answers its own host's checks while a flood fills port 53", async () => {
  const rates = flood("100.64.0.0", 60_000, 200_000);
  const [checks, clients] = await Promise.all([
    answered(DNS_CHECK_PORT, (SECONDS - 1) * 1000),
    answered(53, (SECONDS - 1) * 1000),
  ]);
  console.log(`${await rates} questions/s: checks ${JSON.stringify(checks)}, at port 53 ${JSON.stringify(clients)}`);
  expect(checks.answered / checks.asked).toBeGreaterThan(0.9);
}, 60_000);

it("lets nobody but the host ask at the port of the checks", async () => {
  const answer = await net.edge.output(
    "kdig",
    "+short",
    "+time=1",
    "+retry=0",
    "-p",
    `${DNS_CHECK_PORT}`,
    `@${VIP}`,
    "example.net",
  );
  expect(answer).toContain("failed to query");
}, 60_000);
