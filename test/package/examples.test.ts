import { copyFile, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { makeAccount } from "../../lab/account.ts";
import { labAt, labPaths, makeLabFolder } from "../../lab/folder.ts";
import { serveRehearsal, type ServedRehearsal } from "../../lab/pulumi.ts";
import { openAccount } from "../../lab/rehearsal.ts";

const PROJECT = join(import.meta.dirname, "../..");
const { folder } = inject("installed");

/** Example, stack → the sites that it makes. */
const EXAMPLES: [example: string, stack: string, sites: string[]][] = [
  ["minimal", "dev", ["ams", "ewr", "sgp"]],
  ["one-site", "ams", ["ams"]],
  ["own-host-adapter", "dev", ["lis", "waw"]],
  ["two-services", "dev", ["ams", "ewr", "sgp"]],
  ["multi-provider", "dev", ["ams", "ber", "fra"]],
  ["existing-fleet", "dev", ["mad1", "par1", "vie1"]],
  ["environments", "staging", ["ams", "ewr"]],
  ["environments", "production", ["ams", "ewr", "fra", "lax", "nrt", "sgp"]],
];

const previewedSchema = z.array(
  z.object({ example: z.string(), stack: z.string(), resources: z.array(z.tuple([z.string(), z.string()])) }),
);

/** What a user sets as secrets. */
let secrets: Record<string, unknown>;
let rehearsal: ServedRehearsal;
const lab = labAt(join(folder, "lab"));

beforeAll(async () => {
  await makeLabFolder(lab);
  await makeAccount(lab);
  const { apiKey, bgpPassword } = await openAccount(lab, {});
  secrets = {
    "anycast:sshPrivateKey": await readFile(labPaths(lab).operatorKey, "utf8"),
    "anycast:bgpPasswords": { vultr: bgpPassword },
    "anycast-vultr:apiKey": apiKey,
  };
  rehearsal = await serveRehearsal(lab);
});

afterAll(() => rehearsal.close());

/** The configuration of an example's stack file, with the secrets that a user sets. */
async function configOf(example: string, stack: string): Promise<Record<string, unknown>> {
  const text = await readFile(join(folder, example, `Pulumi.${stack}.yaml`), "utf8");
  return { ...(parse(text) as { config: Record<string, unknown> }).config, ...secrets };
}

test("each example is here", async () => {
  const folders = await readdir(join(PROJECT, "examples"), { withFileTypes: true });
  const names = folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  // The one in YAML has a test of its own.
  expect(new Set([...EXAMPLES.map(([example]) => example), "yaml"])).toEqual(new Set(names));
});

test("the docs show the minimal example as it is", async () => {
  const page = await readFile(join(PROJECT, "docs/library.md"), "utf8");
  expect(page).toContain(`\`\`\`ts\n${await readFile(join(PROJECT, "examples/minimal/index.ts"), "utf8")}\`\`\``);
});

test("each example's types are right, as the package declares them", async () => {
  const compilerOptions = { strict: true, noEmit: true, target: "es2023", module: "nodenext", types: ["node"] };
  const tsconfig = {
    compilerOptions: { ...compilerOptions, allowImportingTsExtensions: true, skipLibCheck: true },
    include: ["*/*.ts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const tsc = join(PROJECT, "node_modules/.bin/tsc");
  const { exitCode, all } = await execa(tsc, ["--project", folder], { reject: false, all: true });
  expect({ exitCode, all }).toEqual({ exitCode: 0, all: "" });
});

test("each example can be previewed, and makes its sites", async () => {
  await copyFile(join(import.meta.dirname, "preview-examples.ts"), join(folder, "preview-examples.ts"));
  const asked = await Promise.all(
    EXAMPLES.map(async ([example, stack]) => ({ example, stack, config: await configOf(example, stack) })),
  );
  const { stdout } = await execa("node", ["--import", "tsx", "preview-examples.ts"], {
    cwd: folder,
    input: JSON.stringify(asked),
    // Their prefixes are documentation's: only a rehearsal takes them.
    env: rehearsal.env,
  });
  const sites = previewedSchema.parse(JSON.parse(stdout)).map(({ example, stack, resources }) => {
    const made = resources.filter(([type]) => type === "anycast:index:AnycastSite");
    return [example, stack, made.map(([, name]) => name.split("-").at(-1) ?? "").toSorted()];
  });
  expect(sites).toEqual(EXAMPLES);
});

test("the real engine previews the minimal example on the simulated cloud", async () => {
  const cwd = join(folder, "minimal");
  await writeFile(join(cwd, "Pulumi.dev.yaml"), stringify({ config: await configOf("minimal", "dev") }));
  const { env } = rehearsal;
  // As `npm install` in the folder of the example would: the engine finds our plugin there.
  await symlink(join(folder, "node_modules"), join(cwd, "node_modules"));
  await execa("pulumi", ["stack", "init", "dev", "--non-interactive"], { cwd, env });
  const { stdout } = await execa("pulumi", ["preview", "--stack", "dev", "--non-interactive"], { cwd, env });
  for (const site of ["ams", "ewr", "sgp"])
    expect(stdout).toMatch(new RegExp(`\\+ +command:remote:Command anycast-${site}-apply create`));
  expect(stdout).toMatch(/Resources:\n {4}\+ \d+ to create\n/);
});

test("the real engine's refusal of a project that does not name our plugin shows the lines to add", async () => {
  const cwd = join(folder, "minimal");
  const project = await readFile(join(cwd, "Pulumi.yaml"), "utf8");
  await writeFile(join(cwd, "Pulumi.yaml"), project.slice(0, project.indexOf("plugins:")));
  const args = ["preview", "--stack", "dev", "--non-interactive", "--color", "never"];
  const { exitCode, all } = await execa("pulumi", args, { cwd, env: rehearsal.env, reject: false, all: true });
  expect(exitCode).not.toBe(0);
  // The package stands beside the folder of the example.
  expect(all.replaceAll(/^ +/gm, "")).toContain(
    "Site 'ams' is at Vultr, and Pulumi does not find the plugin for it, which comes with this package. Add to Pulumi.yaml:\n\n" +
      "plugins:\nproviders:\n- { name: anycast-vultr, path: ../node_modules/.bin }\n",
  );
  expect(all).not.toMatch(/^\s+at .*:\d+/m);
});
