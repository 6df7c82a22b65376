import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { labEnvironment } from "../../tools/setup/environment.ts";
import { READ, REFUSED } from "./readings.ts";

const PROJECT = resolve(import.meta.dirname, "../..");
const CASES = join(PROJECT, "test/cases/yaml");

vi.setConfig({ testTimeout: 120_000 });

/** A Pulumi project with the program of this checkout, and stacks of its own. */
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "anycast-stack-file-"));
  const own = new Set(["Pulumi.yaml", "stacks", ".lab", ".git"]);
  for (const name of readdirSync(PROJECT)) if (!own.has(name)) symlinkSync(join(PROJECT, name), join(folder, name));
  copyFileSync(join(PROJECT, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  mkdirSync(join(folder, "stacks"));
  symlinkSync(join(PROJECT, "stacks/zones"), join(folder, "stacks/zones"));
  const lab = await labEnvironment(join(folder, ".lab"));
  // As in a rehearsal: the networks of the cases have addresses of the documentation.
  const path = [join(PROJECT, "tools/plugins"), lab["PATH"]].join(delimiter);
  env = { ...lab, PATH: path, ANYCAST_REHEARSAL: folder, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" };
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function run(file: string, ...args: string[]): Promise<{ ok: boolean; output: string; stdout: string }> {
  const { exitCode, all, stdout } = await execa(file, args, { cwd: folder, env, reject: false, all: true, input: "" });
  return { ok: exitCode === 0, output: all, stdout };
}

function stackFile(stack: string): string {
  return join(folder, "stacks", `Pulumi.${stack}.yaml`);
}

/** Makes a stack with a text as its file; what Pulumi wrote there, the salt of its secrets, stays. */
async function makeStack(stack: string, text: string): Promise<void> {
  expect(await run("pulumi", "stack", "init", stack, "--no-select")).toMatchObject({ ok: true });
  const salt = readFileSync(stackFile(stack), "utf8");
  writeFileSync(stackFile(stack), text.includes("encryptionsalt") ? text : `${text}${salt}`);
}

describe("the table of readings is true of Pulumi:", () => {
  test("what it reads", async () => {
    const values = READ.map(([yaml], index) => `  t:v${index}:\n    v: ${yaml}\n`);
    await makeStack("read", `config:\n${values.join("")}`);
    const { ok, stdout, output } = await run("pulumi", "config", "--json", "--stack", "read");
    expect(ok, output).toBe(true);
    const config = JSON.parse(stdout) as Record<string, { objectValue: { v: unknown } }>;
    expect(READ.map(([yaml], index) => [yaml, config[`t:v${index}`]?.objectValue.v])).toEqual(READ);
  });

  test("what it refuses", async () => {
    await makeStack("refused", "config: {}\n");
    const accepted: string[] = [];
    for (const yaml of REFUSED) {
      writeFileSync(stackFile("refused"), `config:\n  t:v:\n    v: ${yaml}\n`);
      const { ok } = await run("pulumi", "config", "--json", "--stack", "refused");
      if (ok) accepted.push(yaml);
    }
    expect(accepted).toEqual([]);
  });
});

const OCTAL = [
  "stacks/Pulumi.y2-octal.yaml:3:10: 064500 has a leading zero, and Pulumi reads it as 26944. Remove the zero",
  "stacks/Pulumi.y2-octal.yaml:7:68: 0022 has a leading zero, and Pulumi reads it as 18. Remove the zero",
];

/** Case → whether it is taken, and what `anycast render` and `pulumi preview` say. */
const CASE: Readonly<Record<string, { isTaken: boolean; render: readonly string[]; preview: readonly string[] }>> = {
  "y1-merge": {
    isTaken: true,
    render: ["files of 3 sites are in"],
    preview: ["announced by nobody → ams, bos, osa"],
  },
  "y2-octal": { isTaken: false, render: OCTAL, preview: OCTAL },
  "y4-dup": {
    isTaken: false,
    render: ["stacks/Pulumi.y4-dup.yaml:9:7: the key 'ams' is there twice (also in line 7). Remove one of them"],
    preview: ['mapping key "ams" already defined at line 7'],
  },
  "y6-tab": {
    isTaken: false,
    render: ["stacks/Pulumi.y6-tab.yaml:3:1: a tab is not allowed here. Use spaces"],
    preview: ["invalid YAML file: yaml: line 3"],
  },
};

describe.each(Object.entries(CASE))("case %s", (name, { isTaken, render, preview }) => {
  beforeAll(() => makeStack(name, readFileSync(join(CASES, `Pulumi.${name}.yaml`), "utf8")));

  test(`is ${isTaken ? "taken" : "refused"} by 'anycast render'`, async () => {
    const { ok, output } = await run("node", "cli/anycast.js", "render", "--stack", `acme/${name}`, "--out", name);
    expect(ok, output).toBe(isTaken);
    for (const text of render) expect(output).toContain(text);
  });

  test(`is ${isTaken ? "taken" : "refused"} by 'pulumi preview'`, async () => {
    const { ok, output } = await run("pulumi", "preview", "--stack", name, "--color", "never");
    expect(ok, output).toBe(isTaken);
    for (const text of preview) expect(output).toContain(text);
    expect(output).not.toContain("was not checked");
  });
});

test("every case is tried", () => {
  const files = readdirSync(CASES).map((file) => file.replace(/^Pulumi\.|\.yaml$/g, ""));
  expect(Object.keys(CASE).toSorted()).toEqual(files.toSorted());
});

test("with '--config-file' the program says that it did not check", async () => {
  // A copy: Pulumi adds the salt of its secrets to it, and writes the numbers as it read them.
  const file = join(folder, "other.yaml");
  copyFileSync(join(CASES, "Pulumi.y2-octal.yaml"), file);
  const { ok, output } = await run(
    "pulumi",
    "preview",
    "--stack",
    "y1-merge",
    "--config-file",
    file,
    "--color",
    "never",
  );
  expect(ok, output).toBe(true);
  expect(output).toContain(
    "anycast:network was not checked for numbers with a leading zero, which Pulumi reads as octal: it is not the one in stacks/Pulumi.y1-merge.yaml.",
  );
});
