import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RefusedError } from "../control/client.ts";
import { parseRequest } from "../control/protocol.ts";
import { heldAgent } from "./turn.ts";

let folder: string;
let path: string;
let server: Server | undefined;
/** How many requests the agent of the test refuses. */
let refusals: number;
let isLasting: boolean;
let asked: string[];
let open: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "anycast-turn-"));
  path = join(folder, "agent.sock");
  refusals = 0;
  isLasting = false;
  asked = [];
  open = 0;
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true });
});

/** An agent that refuses so many holds, and grants those that are forced. */
async function agentRuns(answers = true): Promise<void> {
  server = createServer((socket) => {
    open++;
    socket.on("close", () => open--);
    socket.on("data", (data) => {
      if (!answers) return void socket.destroy();
      asked.push(data.toString().trim());
      const request = parseRequest(data.toString());
      const isForced = request.command === "hold" && request.force;
      const ok = isForced || refusals-- <= 0;
      socket.write(`${JSON.stringify(ok ? { ok } : { ok, error: "too few other sites", isLasting })}\n`);
    });
  }).listen(path);
  await once(server, "listening");
}

test("what is refused is asked again until it is granted", async () => {
  await agentRuns();
  refusals = 2;
  const { agent, isHeld } = await heldAgent("why", { patience: 5000 }, "drained", path);
  expect(isHeld).toBe(true);
  expect(asked).toHaveLength(3);
  await expect.poll(() => open).toBe(1);
  agent?.close();
  await expect.poll(() => open).toBe(0);
});

test("the agent's own words say why there was no turn", async () => {
  await agentRuns();
  refusals = Infinity;
  await expect(heldAgent("why", { patience: 700 }, "drained", path)).rejects.toThrow(
    new RefusedError("the agent refused 'hold': too few other sites"),
  );
  expect(asked).toHaveLength(2);
  await expect(heldAgent("why", { patience: 0 }, "drained", path)).rejects.toThrow(RefusedError);
  expect(asked).toHaveLength(3);
  await expect.poll(() => open).toBe(0);
});

test("what the agent will refuse again is not asked again", async () => {
  await agentRuns();
  refusals = Infinity;
  isLasting = true;
  await expect(heldAgent("why", { patience: 5000, goes: true }, "drained", path)).rejects.toThrow(RefusedError);
  expect(asked).toHaveLength(1);
});

test("by force it is granted at once", async () => {
  await agentRuns();
  refusals = Infinity;
  const { agent } = await heldAgent("why", "forced", "drained", path);
  expect(asked).toEqual([JSON.stringify({ command: "hold", reason: "why", state: "drained", force: true })]);
  agent?.close();
});

test("without an agent there is nothing to hold", async () => {
  expect(await heldAgent("why", { patience: 5000 }, "drained", path)).toEqual({ agent: undefined, isHeld: false });
});

test("an agent that breaks off is as good as none", async () => {
  await agentRuns(false);
  const { agent, isHeld } = await heldAgent("why", { patience: 5000 }, "drained", path);
  expect(isHeld).toBe(false);
  agent?.close();
  expect(asked).toEqual([]);
});
