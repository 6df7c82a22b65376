import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { messageOf } from "../error.ts";
import { LineSocket } from "../line-socket.ts";
import type { AgentReport } from "../status/report.ts";
import { AgentClient, RefusedError } from "./client.ts";
import { listen, type Commands } from "./server.ts";

const report = { site: "fra" } as AgentReport;

let folder: string;
let path: string;
let server: Server;
let holds: string[];
let orders: string[];
let commands: Commands;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "anycast-control-"));
  path = join(folder, "run", "agent.sock");
  holds = [];
  orders = [];
  commands = {
    status: () => report,
    allowBelowFloor: (prefix, { reason, by }) => void orders.push(`allow ${prefix}: ${reason} (${by})`),
    hold: async (reason, state, { force, goes, drains }) => {
      const terms = { drained: state === "drained", forced: force, goes, drains };
      const said = Object.entries(terms).flatMap(([term, isSo]) => (isSo === true ? [term] : []));
      const held = [reason, ...said].join(", ");
      holds.push(held);
      return () => void (holds = holds.filter((each) => each !== held));
    },
    reload: async () => {},
    drain: async (asked, lasts) => void orders.push(`drain ${asked.reason} ${asked.by} ${lasts}`),
    undrain: (asked) => void orders.push(`undrain ${asked.by}`),
    withdraw: async (asked, lasts) => void orders.push(`withdraw ${asked.reason} ${asked.by} ${lasts}`),
    announce: (asked) => void orders.push(`announce ${asked.by}`),
    freeze: (asked) => void orders.push(`freeze ${asked.reason}`),
    thaw: () => void orders.push("thaw"),
    reset: () => void orders.push("reset"),
  };
  server = listen(path, commands);
  await once(server, "listening");
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

test("only root can use it", async () => {
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a socket that a dead agent left is replaced", async () => {
  const left = join(folder, "left.sock");
  await writeFile(left, "");
  const second = listen(left, commands);
  await once(second, "listening");
  const client = await AgentClient.connect(left);
  expect(await client.status()).toEqual(report);
  client.close();
  second.close();
});

test("a hold is released by its client, or with its connection, and no other's", async () => {
  const [first, second] = [await AgentClient.connect(path), await AgentClient.connect(path)];
  await first.hold("one");
  await second.hold("two");
  expect(holds).toEqual(["one", "two"]);
  await first.release();
  expect(holds).toEqual(["two"]);
  second.close();
  await expect.poll(() => holds).toEqual([]);
  first.close();
});

test("a hold that is granted after its client has gone holds nothing", async () => {
  let grant: (() => void) | undefined;
  const granted = new Promise<void>((resolve) => (grant = resolve));
  const hold = vi.spyOn(commands, "hold").mockImplementation(async () => {
    holds.push("one");
    await granted;
    return () => void (holds = []);
  });
  const client = await AgentClient.connect(path);
  const asked = client.hold("one").catch(messageOf);
  await vi.waitFor(() => expect(hold).toHaveBeenCalled());
  client.close();
  expect(await asked).toContain("closed its control socket");
  grant?.();
  await expect.poll(() => holds).toEqual([]);
});

test("what was drained is withdrawn by the same connection, and back", async () => {
  const client = await AgentClient.connect(path);
  for (const state of ["drained", "withdrawn", "drained"] as const) {
    await client.hold("one", state);
    expect(holds).toEqual([state === "drained" ? "one, drained" : "one"]);
  }
  client.close();
});

test("another hold on the same connection takes the place of the first", async () => {
  const client = await AgentClient.connect(path);
  await client.hold("one");
  await client.hold("two");
  expect(holds).toEqual(["two"]);
  client.close();
});

test("what the agent refuses is told with its reason", async () => {
  vi.spyOn(commands, "reload").mockRejectedValue(new Error("agent.json: site: expected string"));
  const client = await AgentClient.connect(path);
  await expect(client.reload()).rejects.toThrow("the agent refused 'reload': agent.json: site: expected string");
  expect(await client.status()).toEqual(report);
  client.close();
});

test("orders come with who gave them and why", async () => {
  const client = await AgentClient.connect(path);
  await client.order({ command: "drain", reason: "new line", by: "ann", lasts: null });
  await client.order({ command: "drain", reason: "new line", by: "ann", lasts: 5 });
  await client.order({ command: "undrain", reason: "done", by: "ann" });
  await client.order({ command: "withdraw", reason: "cooling", by: "ann", lasts: 5 });
  await client.order({ command: "announce", reason: "done", by: "ann" });
  await client.order({ command: "freeze", reason: "night", by: null });
  await client.order({ command: "thaw", reason: "day", by: null });
  await client.order({ command: "reset", reason: "mended", by: null });
  await client.order({ command: "allow-below-floor", prefix: "203.0.113.0/24", reason: "the end", by: "ann" });
  expect(orders).toEqual([
    "drain new line ann undefined",
    "drain new line ann 5",
    "undrain ann",
    "withdraw cooling ann 5",
    "announce ann",
    "freeze night",
    "thaw",
    "reset",
    "allow 203.0.113.0/24: the end (ann)",
  ]);
  client.close();
});

test("a hold has the terms that it is asked for with", async () => {
  const client = await AgentClient.connect(path);
  await client.hold("one");
  expect(holds).toEqual(["one"]);
  await client.hold("two", "withdrawn", { force: true });
  expect(holds).toEqual(["two, forced"]);
  await client.hold("three", "withdrawn", { goes: true });
  expect(holds).toEqual(["three, goes"]);
  await client.hold("four", "drained", { drains: true });
  expect(holds).toEqual(["four, drained, drains"]);
  client.close();
});

test("a hold that is refused holds nothing", async () => {
  vi.spyOn(commands, "hold").mockRejectedValue(new Error("too few other sites"));
  const client = await AgentClient.connect(path);
  await expect(client.hold("an apply")).rejects.toThrow(
    new RefusedError("the agent refused 'hold': too few other sites"),
  );
  client.close();
});

test.each(["nonsense", '{"command":"explode"}', '{"command":"hold"}', "[]"])("%s is refused", async (line) => {
  const socket = await LineSocket.connect(path, "the agent", "anycast-agent");
  socket.send(line);
  expect(JSON.parse(await socket.read())).toMatchObject({ ok: false });
  expect(holds).toEqual([]);
  socket.close();
});
