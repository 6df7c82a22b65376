import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TEST_ACCOUNT, memoryCloud, type VultrCloud } from "../../lab/clouds/vultr/cloud.ts";
import { serveVultrApi, type VultrApi } from "../../lab/clouds/vultr/server.ts";
import { labEnvironment } from "../../tools/setup/environment.ts";

const PROJECT = join(import.meta.dirname, "../..");

/** How many servers a big network has. */
const COUNT = 100;

/** The most requests that Vultr takes in a second. */
const LIMIT = 30;

const PROGRAM = `import { Instance } from "${PROJECT}/components/hosts/vultr/resources.ts";
for (let number = 0; number < ${COUNT}; number += 1)
  new Instance("server-" + number, {
    region: "ams", plan: "vc2-1c-2gb", osId: 2136, label: "server-" + number, hostname: "server-" + number, enableIpv6: true,
    tags: ["hundred"], sshKeyIds: [], userData: "#cloud-config", generation: "1", identity: number.toString(16).padStart(32, "0"),
  });
`;

const MANIFEST = {
  name: "hundred",
  main: "index.ts",
  runtime: { name: "nodejs", options: { typescript: false, nodeargs: "--import tsx" } },
  plugins: { providers: [{ name: "anycast-vultr", path: join(PROJECT, "plugins") }] },
};

let folder: string;
let cloud: VultrCloud;
let api: VultrApi;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "anycast-hundred-"));
  await symlink(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "index.ts"), PROGRAM);
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify(MANIFEST));
  // As slow as Vultr on a good day, in miniature: long enough for the program to say what it waits for.
  cloud = memoryCloud({
    pace: { latencyMs: 50, pendingMs: 3000, bootingMs: 3000, lateIpv6Ms: 1000, deletingMs: 2000 },
    requestsPerSecond: LIMIT,
  });
  api = await serveVultrApi(cloud);
  env = { ...(await labEnvironment(folder)), VULTR_API_URL: api.url, VULTR_API_KEY: TEST_ACCOUNT.apiKey };
  await pulumi("stack", "init", "dev");
});

afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

async function pulumi(...args: string[]): Promise<string> {
  const { exitCode, all } = await execa("pulumi", [...args, "--non-interactive", "--color", "never"], {
    cwd: folder,
    env,
    all: true,
    reject: false,
  });
  expect(exitCode, all).toBe(0);
  return all;
}

/** The most requests that came within a second. */
function busiestSecond(): number {
  const times = api.requests.map(({ at }) => at).toSorted((a, b) => a - b);
  return Math.max(...times.map((start) => times.filter((at) => at >= start && at < start + 1000).length));
}

test("a hundred servers are made below Vultr's limit of requests, and the program says what it waits for", async () => {
  const start = Date.now();
  const output = await pulumi("up", "--yes", "--skip-preview", "--parallel", String(COUNT));
  const { servers } = await cloud.store.read();
  expect(new Set(servers.map(({ label }) => label)).size).toBe(COUNT);
  expect(servers).toHaveLength(COUNT);
  expect(output).toMatch(/server-\d+ creating .*installing, \d+ s/);
  console.log(
    `${api.requests.length} requests in ${((Date.now() - start) / 1000).toFixed(0)} s, at most ${busiestSecond()} a second`,
  );
  expect(busiestSecond()).toBeLessThanOrEqual(LIMIT);
  expect(api.requests.filter(({ status }) => status === 429)).toEqual([]);
  expect(await pulumi("up", "--yes", "--skip-preview")).toContain(`${COUNT + 1} unchanged`);
}, 600_000);

test("they go again, and nothing is left", async () => {
  await pulumi("destroy", "--yes", "--skip-preview", "--parallel", String(COUNT));
  const left = (await cloud.store.read()).servers.filter(({ deletedAt }) => deletedAt === undefined);
  expect(left).toEqual([]);
}, 600_000);
