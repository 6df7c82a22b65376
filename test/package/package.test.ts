import { readFileSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import ts from "typescript";
import { expect, inject, test } from "vitest";

const PROJECT = join(import.meta.dirname, "../..");
const { tarball, folder } = inject("installed");

/** Runs a tool of this checkout; its exit status is its verdict. */
async function verdict(command: string, args: readonly string[]): Promise<{ ok: boolean; output: string }> {
  const { exitCode, all } = await execa(command, args, { cwd: PROJECT, preferLocal: true, reject: false, all: true });
  return { ok: exitCode === 0, output: all };
}

test("is under 2 MB, and has neither lab, tests nor bundler in it", async () => {
  const { size } = await stat(tarball);
  console.log(`packed size: ${(size / 1000).toFixed(0)} kB`);
  expect(size).toBeLessThan(2_000_000);
  const { stdout } = await execa("tar", ["--list", "--file", tarball]);
  const files = stdout.split("\n").map((file) => file.replace(/^package\//, ""));
  expect(files).toContain("dist/lib/agent/anycast-agent.mjs");
  const top = new Set(
    files.map((file) =>
      file
        .split("/")
        .slice(0, file.startsWith("dist/") ? 3 : file.startsWith("plugins/") ? 2 : 1)
        .join("/"),
    ),
  );
  expect([...top].toSorted()).toEqual([
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "cli",
    "dist/lib/agent",
    "dist/lib/cli",
    "dist/lib/clients",
    "dist/lib/components",
    "dist/lib/model",
    "dist/lib/provider",
    "dist/lib/render",
    "package.json",
    "plugins/dist",
    "plugins/pulumi-resource-anycast-vultr",
    "stack.schema.json",
  ]);
  expect(files.filter((file) => /\btest\b|bundle|\.tsx?$/.test(file.replace(/\.d\.ts$/, "")))).toEqual([
    "dist/lib/components/agent-bundle.js",
    "dist/lib/components/agent-bundle.d.ts",
  ]);
});

test("publint has nothing against it", async () => {
  expect(await verdict("publint", ["run", tarball, "--strict"])).toMatchObject({ ok: true });
});

test("its types are right for every way to import it from ESM", async () => {
  expect(await verdict("attw", [tarball, "--profile", "esm-only"])).toMatchObject({ ok: true });
});

test("every export is documented, and so is every type that one mentions", async () => {
  const { ok, output } = await verdict("typedoc", ["--emit", "none"]);
  expect(ok, output).toBe(true);
});

test("needs nothing at run time that it does not bring along", async () => {
  const { stdout } = await execa(
    "node",
    ["--eval", 'import("pulumi-anycast").then((all) => console.log(Object.keys(all).join()))'],
    {
      cwd: folder,
    },
  );
  expect(stdout).toBe("AnycastNetwork,AnycastSite,NetworkContext,checkFirst,firstContact,introduceSites,whenReady");
});

test("the configuration and the renderers do not load Pulumi", async () => {
  const program = `
    import { Module } from "node:module";
    const { planNetwork } = await import("pulumi-anycast/model");
    const { renderBird } = await import("pulumi-anycast/render");
    console.log(typeof planNetwork, typeof renderBird, Object.keys(Module._cache).filter((file) => file.includes("@pulumi")).length);`;
  const { stdout } = await execa("node", ["--input-type=module", "--eval", program], { cwd: folder });
  expect(stdout.trim()).toBe("function function 0");
});

test("an editor explains a key where a program writes it", () => {
  const file = join(folder, "explained.ts");
  const text =
    'import type { NetworkInput } from "pulumi-anycast/model";\nexport const part: Partial<NetworkInput> = { floor: 2 };\n';
  writeFileSync(file, text);
  const editor = ts.createLanguageService({
    fileExists: (path) => ts.sys.fileExists(path),
    readFile: (path) => ts.sys.readFile(path),
    getScriptFileNames: () => [file],
    getScriptVersion: () => "1",
    getScriptSnapshot: (path) => ts.ScriptSnapshot.fromString(ts.sys.readFile(path) ?? ""),
    getCompilationSettings: () => ({ module: ts.ModuleKind.NodeNext, strict: true }),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    getCurrentDirectory: () => folder,
  });
  const shown = editor.getQuickInfoAtPosition(file, text.indexOf("floor"))?.documentation ?? [];
  expect(ts.displayPartsToString([...shown])).toMatch(
    /^The least number of sites that announce each prefix: .* Default: 2, or 1 with two sites\.$/,
  );
});

test("brings the schema of stack files", () => {
  const schema = JSON.parse(
    readFileSync(join(folder, "node_modules/pulumi-anycast/stack.schema.json"), "utf8"),
  ) as unknown;
  expect(schema).toMatchObject({ title: "Stack of an anycast network" });
});

test("brings the operator's command", async () => {
  const { stdout } = await execa("npx", ["--no-install", "anycast", "--help"], { cwd: folder });
  expect(stdout).toMatch(/^Usage: anycast /);
});
