import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { assert, asyncProperty, constantFrom, jsonValue, type Arbitrary } from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConfigError } from "../model/config-error.ts";
import { INVENTORY } from "../test/readers/inventory.ts";
import { CliError } from "./cli-error.ts";
import { FORMATS } from "./formats/formats.ts";
import { loadInventory } from "./inventory.ts";
import { renderStack } from "./render.ts";
import { readRendered, writeRendered } from "./rendered.ts";
import { siteNames, UsageError } from "./stack-file.ts";

const CLI = resolve(import.meta.dirname, "anycast.js");

/** What a file may be that was meant to be another one: its content, or what stands in its place. */
const BAD: Readonly<Record<string, string | Buffer | ((path: string) => void)>> = {
  empty: "",
  blank: " \n\n",
  binary: Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 31) % 256)),
  "half a JSON": JSON.stringify(INVENTORY).slice(0, 500),
  "JSON null": "null",
  "JSON number": "42",
  "JSON text": '"x"',
  "JSON list": "[1,[],{}]",
  "a map of lists": '{"sites":[],"prefixes":{},"config":[],"asn":"x"}',
  prototype: '{"__proto__":{"sites":1},"constructor":2}',
  "YAML key twice": "config:\n  a: 1\n  a: 2\n",
  "YAML tab": "config:\n  anycast:network:\n\tasn: 64500\n",
  "YAML without end": "config: {a: [b",
  "YAML alias of nothing": "config: *nothing\n",
  "YAML bomb": `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${Array.from({ length: 10 }, () => `*a${n}`).join(",")}]\n`).join("")}config: *a9\n`,
  "YAML network of wrong types":
    "config: { 'anycast:network': { asn: [], prefixes: 1, services: x, sites: [null], floor: {} } }",
  "a network of nothing": "config: { 'anycast:network': null }",
  deep: `${"[".repeat(20_000)}${"]".repeat(20_000)}`,
  huge: (path) => {
    writeFileSync(path, "");
    truncateSync(path, 3 * 1024 ** 3);
  },
  "a folder": (path) => mkdirSync(path),
  "a link to itself": (path) => symlinkSync(path, path),
  "a device that never ends": (path) => symlinkSync("/dev/zero", path),
};

let folder: string;
let before: string;
beforeAll(() => {
  before = process.cwd();
  folder = mkdtempSync(join(tmpdir(), "anycast-bad-"));
  process.chdir(folder);
  mkdirSync("stacks");
  writeFileSync("Pulumi.yaml", "name: anycast\nruntime: nodejs\nstackConfigDir: stacks\n");
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

function put(path: string, what: (typeof BAD)[string]): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(dirname(path), { recursive: true });
  if (typeof what === "function") what(path);
  else writeFileSync(path, what);
}

/** What a user may see: one message of ours, of few lines, with no trace of the program. */
async function expectMessage(work: () => unknown): Promise<void> {
  const thrown = await Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  if (thrown === undefined) return;
  expect(thrown, String((thrown as Error).stack)).toSatisfy(
    (error) =>
      error instanceof CliError ||
      error instanceof UsageError ||
      error instanceof ConfigError ||
      // Shown as the system words it.
      (error instanceof Error && "syscall" in error),
  );
  const { message } = thrown as Error;
  expect(message.split("\n").length, message).toBeLessThan(20);
  expect(message).not.toMatch(/^ +at /m);
}

describe.each(Object.entries(BAD))("%s", (_, what) => {
  test("is no inventory", async () => {
    put("inventory.json", what);
    await expect(loadInventory({ file: "inventory.json" })).rejects.toThrow(/^inventory.json/);
    await expectMessage(() => loadInventory({ file: "inventory.json" }));
  });

  test("is no stack", async () => {
    put("stacks/Pulumi.bad.yaml", what);
    expect(() => renderStack("bad", {})).toThrow(/Pulumi.bad.yaml|anycast:network/);
    await expectMessage(() => renderStack("bad", {}));
    expect(() => siteNames()).not.toThrow();
    rmSync("stacks/Pulumi.bad.yaml", { recursive: true });
  });

  test("is no rendered network", async () => {
    put("rendered/network.json", what);
    await expectMessage(() => readRendered("rendered"));
    rmSync("rendered", { recursive: true });
    put("rendered", what);
    await expectMessage(() => readRendered("rendered"));
    await expectMessage(() => writeRendered("rendered", { network: {} as never, sites: {} }));
    rmSync("rendered", { recursive: true, force: true });
  });
});

test("the place of a mistake in a stack file is named by line and column", () => {
  put("stacks/Pulumi.twice.yaml", "config:\n  anycast:network:\n    asn: 1\n    asn: 2\n");
  expect(() => renderStack("twice", {})).toThrow(
    "stacks/Pulumi.twice.yaml:4:5: the key 'asn' is there twice (also in line 3). Remove one of them",
  );
});

test("an inventory with anything in the place of anything is printed in every format, or refused in one message", async () => {
  await assert(
    asyncProperty(pathsOf(INVENTORY), jsonValue(), async (path, value) => {
      put("inventory.json", JSON.stringify(changed(INVENTORY, path, value)));
      const options = { maintainer: "M", source: "S", metricsPort: 1, now: new Date() };
      await expectMessage(async () => {
        const inventory = await loadInventory({ file: "inventory.json" });
        for (const format of Object.values(FORMATS)) format(inventory, options);
      });
    }),
    { numRuns: 300 },
  );
});

test("a stack with anything in the place of anything is rendered, or refused in one message", async () => {
  const stack = {
    config: {
      "anycast:network": {
        asn: 64500,
        prefixes: ["203.0.113.0/24"],
        services: { dns: { kind: "external", addresses: ["203.0.113.53"], checks: [{ kind: "tcp", port: 53 }] } },
        sites: {
          ams: {
            state: "drained",
            host: {
              provider: "existing",
              address: "192.0.2.7",
              hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPlaceholderPlaceholderPlaceholderPlaceholder00",
              profile: "custom",
              neighbors: [{ address: "192.0.2.1", asn: 64510 }],
              location: { latitude: 1, longitude: 1 },
            },
          },
        },
        rollout: { waves: [["ams"]], soak: "1 s" },
        floor: 1,
      },
    },
  };
  await assert(
    asyncProperty(pathsOf(stack), jsonValue(), async (path, value) => {
      put("stacks/Pulumi.fuzz.yaml", JSON.stringify(changed(stack, path, value)));
      await expectMessage(() => renderStack("fuzz", {}));
    }),
    { numRuns: 300 },
  );
});

test.each([
  [["status", "--file", "/dev/zero"], 1, "larger than 64 MiB"],
  [["status", "--file", "missing.json"], 1, "anycast: missing.json: no such file or directory\n"],
  [["render", "--stack", "nope", "--out", "x"], 2, "There is no stack 'nope'"],
  [["drain", "ams", "--reason", "x", "--for", "soon"], 2, "'soon' is no duration"],
  [["diff", "missing", "missing"], 2, "anycast: there is no folder missing\n"],
])("the command %j ends in one message", { timeout: 60_000 }, async (args, status, message) => {
  const { exitCode, stderr } = await execa(CLI, args, { reject: false, cwd: folder });
  expect(`${stderr}\n`).toContain(message);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(exitCode).toBe(status);
});

/** Any of the paths to all values in a JSON value. */
function pathsOf(value: unknown): Arbitrary<readonly string[]> {
  return constantFrom(...allPaths(value, []));
}

function allPaths(value: unknown, path: readonly string[]): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => allPaths(inner, [...path, key]))];
}

function changed(value: unknown, [key, ...rest]: readonly string[], other: unknown): unknown {
  if (key === undefined) return other;
  const entries = Object.entries(value as object).map(([name, each]) => [
    name,
    name === key ? changed(each, rest, other) : (each as unknown),
  ]);
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}
