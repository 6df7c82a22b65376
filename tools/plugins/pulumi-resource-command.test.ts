import { spawn, type ChildProcessByStdio } from "node:child_process";
import { connect } from "node:http2";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const plugin = fileURLToPath(new URL("pulumi-resource-command", import.meta.url));

let child: ChildProcessByStdio<null, Readable, null> | undefined;
afterEach(() => {
  try {
    // The whole group: the plugin's parent may be dead already.
    if (child?.pid) process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
});

/** Starts a program in another folder; the lines that it prints. */
function start(...[program, ...args]: [string, ...string[]]): AsyncIterator<string> {
  child = spawn(program, args, { cwd: "/", detached: true, stdio: ["ignore", "pipe", "inherit"] });
  return createInterface(child.stdout)[Symbol.asyncIterator]();
}

/** The answer to a gRPC call without arguments, as it is on the wire. */
async function call(port: string, method: string): Promise<string> {
  const session = connect(`http://127.0.0.1:${port}`);
  const request = session.request({
    ":method": "POST",
    ":path": `/pulumirpc.ResourceProvider/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
  });
  request.end(Buffer.alloc(5));
  const chunks = await request.toArray();
  session.close();
  return Buffer.concat(chunks as Buffer[]).toString();
}

// The first start after a change bundles the plugin.
test("prints its port and is version 1.2.1 of the plugin", { timeout: 30_000 }, async () => {
  const { value: port } = await start(plugin, "127.0.0.1:1").next();
  expect(port).toMatch(/^\d+$/);
  expect(await call(port, "GetPluginInfo")).toContain("1.2.1");
});

test("lives on for a while when the engine is killed, as the official plugin does", { timeout: 30_000 }, async () => {
  const output = start("sh", "-c", '"$1" 127.0.0.1:1 & wait', "sh", plugin);
  const { value: port } = await output.next();
  child?.kill("SIGKILL");
  // Longer than it takes to notice.
  await sleep(2500);
  expect(await call(port, "GetPluginInfo")).toContain("1.2.1");
});
