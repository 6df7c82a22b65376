import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { bundleAgent } from "./bundle.ts";
import type { AgentBundle } from "./version.ts";

let bundle: AgentBundle;
let content: string;
beforeAll(async () => {
  bundle = await bundleAgent();
  content = await readFile(bundle.path, "utf8");
});

/** Runs the bundle and tells how it ended. */
async function agent(...argv: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [bundle.path, ...argv])) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

test("is named by its content, and the same every time", async () => {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 16);
  expect(bundle).toEqual({ path: expect.stringMatching(new RegExp(`/dist/agent-${hash}\\.mjs$`)), hash });
  expect(await bundleAgent()).toEqual(bundle);
});

test("knows its own version", async () => {
  expect(await agent("--version")).toEqual({ code: 0, stdout: `${bundle.hash}\n`, stderr: "" });
});

test("needs nothing beside it but Node's own modules", () => {
  const imports = [...content.matchAll(/\bfrom"([\w@:./-]+)"/g)].map(([, name]) => name);
  expect(imports.filter((name) => name?.startsWith("node:") !== true)).toEqual([]);
});

test("calls nothing that Node 18 does not have", () => {
  const newer = /\.(toSorted|toReversed|toSpliced|withResolvers|fromAsync|groupBy)\(/g;
  expect(content.match(newer) ?? []).toEqual([]);
});

test("stays small: it is sent to every site and started at each apply", () => {
  expect(content.length).toBeLessThan(450_000);
});

test.each([
  [["nonsense"], /^anycast-agent: unknown command 'nonsense'\nUsage: anycast-agent COMMAND\n/],
  [["status"], /^anycast-agent: the agent is not running: see 'systemctl status anycast-agent'/],
  [["run"], /^anycast-agent: \/etc\/anycast\/agent.json does not exist: nothing was applied to this host yet\n$/],
])("%j fails with one message and without a stack trace", async (argv, message) => {
  const { code, stdout, stderr } = await agent(...argv);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/^\s+at /m);
});
