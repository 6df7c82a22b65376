import { mkdir, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { memoryCloud } from "../../lab/clouds/vultr/cloud.ts";
import { serveVultrApi, type VultrApi } from "../../lab/clouds/vultr/server.ts";
import { labEnvironment } from "../../tools/setup/environment.ts";
import { yamlHost } from "./yaml-host.ts";

const { folder: installed } = inject("installed");

/** An empty folder of a stranger's, with nothing but the package in it. */
const folder = join(installed, "vultr-provider");

const FOUND = `plugins:
  providers:
    - { name: anycast-vultr, path: node_modules/.bin }
`;

const NODE = `name: stranger
runtime: { name: nodejs, options: { typescript: false } }
`;

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
const key = new pulumi.CustomResource("anycast-vultr:index:SshKey", "key", { name: "a", sshKey: "ssh-ed25519 A" });
new pulumi.CustomResource("anycast-vultr:index:Instance", "ams", {
  region: "ams", plan: "vc2-1c-2gb", osId: 2136, label: "ams", hostname: "ams", enableIpv6: true, tags: [],
  sshKeyIds: [key.id], userData: "TOP SECRET user data", generation: "1", identity: "0123456789abcdef0123456789abcdef",
});
`;

const YAML = `name: stranger
runtime: yaml
resources:
  key: { type: anycast-vultr:SshKey, properties: { name: b, sshKey: ssh-ed25519 B } }
outputs: { made: "\${key.dateCreated}" }
`;

const cloud = memoryCloud();
let api: VultrApi;
let env: Record<string, string>;

beforeAll(async () => {
  api = await serveVultrApi(cloud);
  await mkdir(folder);
  const own = await labEnvironment(folder);
  const path = [own["PATH"], await yamlHost()].join(delimiter);
  env = { ...own, PATH: path, VULTR_API_URL: api.url, ANYCAST_REHEARSAL: folder, PULUMI_STACK: "dev" };
  await symlink(join(installed, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "stranger", type: "module", main: "index.js" }));
  await writeFile(join(folder, "index.js"), PROGRAM);
  await writeFile(join(folder, "Pulumi.yaml"), NODE + FOUND);
  await pulumi(["stack", "init", "dev"]);
  await pulumi(["config", "set", "--secret", "anycast-vultr:apiKey"], { input: "KEY" });
  await pulumi(["config", "set", "--secret", "anycast:sshPrivateKey"], { input: "TOP SECRET key" });
  // The language host may have to be built.
}, 900_000);

afterAll(async () => {
  await api.close();
});

async function pulumi(args: readonly string[], more: { input?: string; env?: Record<string, string> } = {}) {
  const options = { cwd: folder, reject: false, all: true, input: more.input ?? "" };
  const done = await execa("pulumi", [...args, "--non-interactive", "--color=never"], {
    ...options,
    env: { ...env, ...more.env },
  });
  expect(done.exitCode, done.all).toBe(0);
  return done;
}

test("plain pulumi finds the provider by three lines of Pulumi.yaml, and nothing is downloaded", async () => {
  const { all } = await pulumi(["up", "--yes", "--skip-preview"]);
  expect(all).toMatch(/2 created|3 created/);
  expect((await cloud.store.read()).servers).toHaveLength(1);
});

test("the state has no key but the provider's own, and that one encrypted", async () => {
  const { stdout } = await pulumi(["stack", "export"]);
  expect(stdout).not.toMatch(/TOP SECRET|"KEY"/);
  const open = await pulumi(["stack", "export", "--show-secrets"]);
  expect(open.stdout).not.toContain("TOP SECRET key");
  expect(open.stdout).toContain("TOP SECRET user data");
  await pulumi(["destroy", "--yes", "--skip-preview"]);
  expect((await cloud.store.read()).servers.filter(({ deletedAt }) => deletedAt === undefined)).toEqual([]);
});

test("npx pulumi finds it without the lines", async () => {
  await writeFile(join(folder, "Pulumi.yaml"), NODE);
  // What npx adds to PATH.
  const path = [join(folder, "node_modules/.bin"), env["PATH"]].join(delimiter);
  expect((await pulumi(["preview"], { env: { PATH: path } })).all).toMatch(/Instance ams create/);
});

test("a program in YAML has its resources", async () => {
  await writeFile(join(folder, "Pulumi.yaml"), YAML + FOUND);
  expect((await pulumi(["up", "--yes", "--skip-preview"])).all).toMatch(/made: "20\d\d-/);
  await pulumi(["destroy", "--yes", "--skip-preview"]);
});
