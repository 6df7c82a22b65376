import { mkdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { bare, hostLan, managementGateway } from "../../addressing.ts";
import { makeLabFolder, type Lab } from "../../folder.ts";
import { changeLab, hostOf } from "../../hosts.ts";
import { run } from "../../process.ts";
import { readState } from "../../state.ts";
import { disposeLab, runIn, temporaryLab } from "../../temporary-lab.ts";
import { failCloud, healClouds } from "../faults.ts";
import { cloudPaths, writeJson } from "../store.ts";
import { TEST_ACCOUNT } from "./cloud.ts";
import { vultrOf } from "./lab-cloud.ts";
import { serveVultrApi, type VultrApi } from "./server.ts";

/** How long a host may take to boot. */
const BOOT = { timeout: 60_000, interval: 250 };

/** Listens at TCP and UDP ports of a host and answers whatever comes. */
const LISTEN = `
for (const port of [53, 8080]) {
  require("node:net").createServer((socket) => socket.end("yes")).listen(port, "::");
  const socket = require("node:dgram").createSocket("udp6");
  socket.on("message", (_text, from) => socket.send("yes", from.port, from.address)).bind(port);
}`;

/** Asks one port, and prints \`yes\` when it answers in time. Arguments: tcp or udp, address, port, ms. */
const ASK = `
const [kind, address, port, ms] = process.argv.slice(1);
const end = () => process.exit();
setTimeout(end, Number(ms));
const heard = (text) => { process.stdout.write(String(text).slice(0, 3)); end(); };
if (kind === "tcp") require("node:net").connect(Number(port), address).on("data", heard).on("error", end);
else {
  const socket = require("node:dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("message", heard).send("?", Number(port), address);
}`;

let lab: Lab;
let api: VultrApi;

beforeAll(async () => {
  lab = await temporaryLab();
  await makeLabFolder(lab);
  await mkdir(cloudPaths(lab).folder, { recursive: true });
  await writeJson(cloudPaths(lab).account, TEST_ACCOUNT);
  api = await serveVultrApi(vultrOf(lab));
});

afterAll(async () => {
  await api.close();
  await disposeLab(lab);
});

async function ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${TEST_ACCOUNT.apiKey}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return text === "" ? {} : (Object.values(JSON.parse(text) as object)[0] as Record<string, unknown>);
}

async function order(path: string, body: object): Promise<string> {
  return z.string().parse((await ask("POST", path, body))["id"]);
}

/** The IPv4 address of a server that runs and accepts SSH. */
async function running(path: string): Promise<string> {
  return vi.waitFor(async () => {
    const { main_ip, status } = await ask("GET", path);
    expect(status).toBe("active");
    const address = z.string().parse(main_ip);
    expect(await run("ssh-keyscan", ["-T", "1", "-t", "ed25519", address])).toContain("ssh-ed25519");
    return address;
  }, BOOT);
}

/** Asks a port from this machine or from a node. */
async function probe(node: string | undefined, kind: "tcp" | "udp", address: string, port: number, ms: number) {
  const args = ["-e", ASK, kind, address, String(port), String(ms)];
  return node === undefined ? run(process.execPath, args) : (await runIn(lab, node, ["node", ...args])).stdout;
}

type Question = readonly [from: string | undefined, kind: "tcp" | "udp", address: string, port: number];

async function expectOpen(...question: Question): Promise<void> {
  expect(await probe(...question, 5000), question.join(" ")).toBe("yes");
}

async function expectClosed(...question: Question): Promise<void> {
  expect(await probe(...question, 500), question.join(" ")).toBe("");
}

async function listen(host: string): Promise<void> {
  const script = `setsid node -e '${LISTEN}' </dev/null >/dev/null 2>&1 &`;
  expect(await runIn(lab, `site-${host}`, ["sh", "-c", script])).toMatchObject({ status: 0 });
  await vi.waitFor(async () => expectOpen(`site-${host}`, "tcp", "::1", 8080), BOOT);
}

test("a group is enforced in front of the lab's host, bare metal has none; servers are halted, started and deleted", async () => {
  await changeLab(lab, (state) => ({ ...state, clients: ["ams"] }));
  const subnet = (await readState(lab))?.subnet ?? 0;
  const group = await order("/v2/firewalls", { description: "test" });
  const rules = `/v2/firewalls/${group}/rules`;
  const any = { ip_type: "v4", subnet: "0.0.0.0", subnet_size: 0 };
  const management = { ip_type: "v4", subnet: bare(managementGateway(subnet)), subnet_size: 32 };
  await ask("POST", rules, { ...management, protocol: "tcp", port: "22" });
  await ask("POST", rules, { ...any, protocol: "udp", port: "53" });
  const { id: dns } = await ask("POST", rules, { ...any, protocol: "tcp", port: "53" });
  await ask("POST", rules, { ip_type: "v6", subnet: "::", subnet_size: 0, protocol: "icmp" });

  const common = { region: "ams", os_id: 2136, enable_ipv6: true };
  const behind = { ...common, plan: "vc2-1c-2gb", hostname: "vm", label: "vm", firewall_group_id: group };
  const vm = `/v2/instances/${await order("/v2/instances", behind)}`;
  const metal = `/v2/bare-metals/${await order("/v2/bare-metals", { ...common, plan: "vbm-4c-32gb", hostname: "bm" })}`;
  const [vmIp, metalIp] = [await running(vm), await running(metal)];
  await Promise.all([listen("vm"), listen("bm")]);

  // From the machine, over the management network: SSH, and what anybody may.
  await expectOpen(undefined, "udp", vmIp, 53);
  await expectOpen(undefined, "tcp", vmIp, 53);
  await expectClosed(undefined, "tcp", vmIp, 8080);
  await expectClosed(undefined, "udp", vmIp, 8080);
  // From another host there, which is no management.
  expect((await runIn(lab, "site-bm", ["ssh-keyscan", "-T", "1", vmIp])).stdout).toBe("");
  // What the host asks for comes back.
  await expectOpen("site-vm", "udp", metalIp, 8080);
  await expectOpen("site-vm", "tcp", metalIp, 8080);
  await expectOpen("client-ams", "tcp", lanOf(await readState(lab), "bm"), 8080);
  // From clients, over the edge.
  const lan = lanOf(await readState(lab), "vm");
  await expectOpen("client-ams", "tcp", lan, 53);
  await expectClosed("client-ams", "tcp", lan, 8080);
  await expectOpen("site-vm", "tcp", lanOf(await readState(lab), "bm"), 8080);
  const { v6_main_ip } = await ask("GET", vm);
  const ipv6 = z.string().parse(v6_main_ip);
  expect((await runIn(lab, "client-ams", ["ping", "-c1", "-W1", ipv6])).status).toBe(0);
  await expectClosed("client-ams", "tcp", ipv6, 53);

  await ask("DELETE", `${rules}/${String(dns)}`);
  await expectClosed("client-ams", "tcp", lan, 53);
  await ask("PATCH", vm, { firewall_group_id: "" });
  await expectOpen("client-ams", "tcp", lan, 8080);
  await expectOpen(undefined, "tcp", vmIp, 8080);

  await ask("POST", `${vm}/halt`);
  await vi.waitFor(async () => expectClosed(undefined, "tcp", vmIp, 8080), BOOT);
  expect(await ask("GET", vm)).toMatchObject({ power_status: "stopped" });
  await ask("POST", `${vm}/start`);
  expect(await running(vm)).toBe(vmIp);

  await ask("DELETE", vm);
  await ask("DELETE", metal);
  await vi.waitFor(async () => expect(Object.keys((await readState(lab))?.hosts ?? {})).toEqual([]), BOOT);
}, 240_000);

function lanOf(state: Awaited<ReturnType<typeof readState>>, name: string): string {
  if (state === undefined) throw new Error("no lab");
  const { region, slot } = hostOf(state, name);
  return bare(hostLan(region, slot).ipv4[1]);
}

test("what a process that ended left undone, the next one does", async () => {
  await failCloud(lab, { kind: "half-created", where: "later" });
  const id = await order("/v2/instances", { region: "ams", plan: "vc2-1c-2gb", os_id: 2136, hostname: "later" });
  expect(await ask("GET", `/v2/instances/${id}`)).toMatchObject({ status: "pending", main_ip: "0.0.0.0" });
  await api.close();
  await healClouds(lab);
  api = await serveVultrApi(vultrOf(lab));
  const isActive = async (): Promise<void> =>
    expect(await ask("GET", `/v2/instances/${id}`)).toMatchObject({ status: "active" });
  await vi.waitFor(isActive, BOOT);
  await ask("DELETE", `/v2/instances/${id}`);
  await api.close();
  expect(Object.keys((await readState(lab))?.hosts ?? {})).toEqual([]);
  api = await serveVultrApi(vultrOf(lab));
}, 240_000);
