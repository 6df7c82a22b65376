import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

let base: string;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), "environment-"));
  vi.stubEnv("XDG_CACHE_HOME", join(base, "cache"));
  vi.stubEnv("PATH", join(base, "path"));
  vi.resetModules(); // the CLI is looked for once a process
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(base, { recursive: true });
});

async function program(path: string, output = ""): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho ${output}\n`);
  await chmod(path, 0o755);
}

const cached = () => join(base, "cache", "pulumi-anycast", "pulumi-3.250.0", "bin");

async function environment(): Promise<Record<string, string>> {
  const { labEnvironment } = await import("./environment.ts");
  return labEnvironment(join(base, "lab"));
}

test("without a Pulumi CLI it says what to run", async () => {
  await expect(environment()).rejects.toThrow("Run npm run lab or npm test");
});

test("the CLI of the cache, the stand-in beside it, and a state of the lab's own", async () => {
  await mkdir(cached(), { recursive: true });
  const plugins = join(import.meta.dirname, "..", "plugins");
  expect(await environment()).toEqual({
    PATH: `${cached()}:${plugins}:${join(base, "path")}`,
    PULUMI_BACKEND_URL: `file://${join(base, "lab", "pulumi")}`,
    PULUMI_CONFIG_PASSPHRASE: "lab",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_HOME: join(base, "cache", "pulumi-anycast", "pulumi-home"),
    PULUMI_SKIP_UPDATE_CHECK: "1",
  });
  expect(await readdir(join(base, "lab"))).toEqual(["pulumi"]);
});

test("with the official plugin the stand-in is nowhere", async () => {
  await mkdir(cached(), { recursive: true });
  const home = join(base, "cache", "pulumi-anycast", "pulumi-home");
  await program(join(home, "plugins", "resource-command-v1.2.1", "pulumi-resource-command"));
  const { PATH, ...rest } = await environment();
  expect(PATH).toBe(`${cached()}:${join(base, "path")}`);
  expect(rest).not.toHaveProperty("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION");
});

test.each([
  ["recent", "v3.230.0", true],
  ["old", "v3.100.0", false],
])("a CLI on PATH that is %s", async (_, version, taken) => {
  await mkdir(cached(), { recursive: true });
  await program(join(base, "path", "pulumi"), version);
  await program(join(base, "path", "pulumi-language-nodejs"));
  const { PATH } = await environment();
  expect(PATH?.split(":")[0]).toBe(taken ? join(base, "path") : cached());
});

test("a CLI on PATH without its language host is not taken", async () => {
  await mkdir(cached(), { recursive: true });
  await program(join(base, "path", "pulumi"), "v3.250.0");
  expect((await environment())["PATH"]?.split(":")[0]).toBe(cached());
});
