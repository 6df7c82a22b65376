import { randomInt } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { memoryCloud } from "../../lab/clouds/vultr/cloud.ts";
import { serveVultrApi, type VultrApi } from "../../lab/clouds/vultr/server.ts";
import { labEnvironment } from "../../tools/setup/environment.ts";

const PROJECT = join(import.meta.dirname, "../..");

/** Of each kind of victim, as often in a create as in a replacement. */
const ROUNDS = 5;

/** What a run of three sites asks the API at least. */
const REQUESTS = 36;

/** Milliseconds within which a plugin ends when its engine was killed. */
const END_MS = 1000;

const SITES = ["ams", "sea", "nrt"];

const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const servers = ${JSON.stringify(SITES)}.map((site, index) => new pulumi.CustomResource("anycast-vultr:index:Instance", site, {
    region: site, plan: "vc2-1c-2gb", osId: 2136, label: site, hostname: site, enableIpv6: true, tags: ["stack.kills.dev"],
    sshKeyIds: [], userData: "#cloud-config", generation: "1", identity: "0123456789abcdef0123456789abcde" + index,
  }));
const instanceIds = servers.map(({ id }) => id);
new pulumi.CustomResource("anycast-vultr:index:FirstContactDone", "all", { instanceIds, bareMetalIds: [] });
`;

const cloud = memoryCloud({
  pace: { latencyMs: 10, pendingMs: 300, bootingMs: 300, lateIpv6Ms: 300, deletingMs: 300 },
});
let api: VultrApi;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  api = await serveVultrApi(cloud);
  folder = await mkdtemp(join(tmpdir(), "anycast-vultr-kills-"));
  await symlink(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  const project = {
    name: "kills",
    runtime: { name: "nodejs", options: { typescript: false } },
    plugins: { providers: [{ name: "anycast-vultr", path: join(PROJECT, "plugins") }] },
  };
  await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify(project));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "kills", main: "index.js" }));
  await writeFile(join(folder, "index.js"), PROGRAM);
  const own = { VULTR_API_URL: api.url, VULTR_API_KEY: "KEY", ANYCAST_REHEARSAL: folder, PULUMI_STACK: "dev" };
  env = { ...(await labEnvironment(folder)), ...own };
  await pulumi("stack", "init", "dev").finished;
});

afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

function pulumi(...args: string[]) {
  const running = execa("pulumi", [...args, "--non-interactive"], { cwd: folder, env, reject: false, all: true });
  return { pid: running.pid ?? 0, kill: () => running.kill("SIGKILL"), finished: running };
}

/** What a process of this machine was started with; empty for one that has ended. */
async function commandOf(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
}

/** The plugins of this test that run, whoever started them. */
async function plugins(): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const own = await Promise.all(
    pids.map(async (pid) => {
      if (!(await commandOf(pid)).includes("anycast-vultr.cjs")) return 0;
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return environment.includes(`VULTR_API_URL=${api.url}`) ? pid : 0;
    }),
  );
  return own.filter((pid) => pid !== 0);
}

/** Kills a run when the API has had so many requests more. */
async function killed(victim: string, args: string[]): Promise<void> {
  const until = api.requests.length + randomInt(1, REQUESTS);
  const run = pulumi(...args);
  let isOver = false;
  void run.finished.finally(() => (isOver = true));
  await vi.waitUntil(() => isOver || api.requests.length >= until, { timeout: 120_000, interval: 3 });
  const pids = await plugins();
  if (victim !== "plugin") run.kill();
  if (victim !== "engine")
    for (const pid of pids)
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
  const haveEnded = async () => (await Promise.all(pids.map(commandOf))).every((command) => command === "");
  await vi.waitUntil(haveEnded, { timeout: END_MS, interval: 10 });
  await run.finished;
}

async function succeeds(...args: string[]): Promise<void> {
  const { exitCode, all } = await pulumi(...args).finished;
  expect(exitCode, all).toBe(0);
}

/** Every site has its server in the state, complete, and there is no other one. */
async function expectOneEach(): Promise<void> {
  const { stdout } = await pulumi("stack", "export").finished;
  const { deployment } = JSON.parse(stdout) as { deployment: { resources: { id?: string; type: string }[] } };
  const known = deployment.resources
    .filter(({ type }) => type === "anycast-vultr:index:Instance")
    .map(({ id = "" }) => id);
  const paid = (await cloud.store.read()).servers.filter(({ deletedAt }) => deletedAt === undefined);
  expect(paid.map(({ id }) => id).toSorted()).toEqual(known.toSorted());
  expect(paid.map(({ label }) => label).toSorted()).toEqual(SITES.toSorted());
  for (const { tags } of paid) expect(tags).toContainEqual(expect.stringMatching(/^anycast-[0-9a-f]{32}$/));
}

const rounds = Array.from({ length: ROUNDS }, (_, round) =>
  ["engine", "plugin", "both"].map((victim) => [victim, round] as const),
);

test.each(rounds.flat())(
  "a killed %s leaves no server twice and none behind (%i)",
  { timeout: 600_000 },
  async (victim) => {
    await killed(victim, ["up", "--yes", "--skip-preview"]);
    await pulumi("cancel", "--yes").finished;
    await succeeds("up", "--yes", "--skip-preview");
    await expectOneEach();

    const replace = ["up", "--yes", "--skip-preview", ...SITES.flatMap((site) => ["--replace", urn(site)])];
    await killed(victim, replace);
    await pulumi("cancel", "--yes").finished;
    await succeeds(...replace);
    await expectOneEach();

    await succeeds("destroy", "--yes", "--skip-preview");
    expect((await cloud.store.read()).servers.filter(({ deletedAt }) => deletedAt === undefined)).toEqual([]);
  },
);

function urn(site: string): string {
  return `urn:pulumi:dev::kills::anycast-vultr:index:Instance::${site}`;
}
