import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { labEnvironment } from "../../tools/setup/environment.ts";
import { enginePids } from "../e2e/engine.ts";
import { startS3, type S3Server } from "./s3-server.ts";

const PROJECT = join(import.meta.dirname, "../..");

/** A stack without effects. While it is deployed, the resource of `HOLD` keeps the deployment going until the file `held` is gone. */
const PROGRAM = `
import { existsSync, writeFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

if (!pulumi.runtime.isDryRun() && process.env.HOLD) {
  writeFileSync("held", "");
  while (existsSync("held")) await new Promise((resolve) => setTimeout(resolve, 50));
}
for (const name of process.env.NAMES.split(",")) new pulumi.ComponentResource("test:index:Nothing", name);
`;

let server: S3Server;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startS3();
  await fetch(`${server.endpoint}/state`, { method: "PUT" });
  folder = await mkdtemp(join(tmpdir(), "anycast-state-"));
  await cp(join(PROJECT, "gitops"), join(folder, "gitops"), { recursive: true });
  await cp(join(PROJECT, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  // What Pulumi.yaml names.
  for (const name of ["node_modules", "plugins"]) await symlink(join(PROJECT, name), join(folder, name));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "index.ts"), PROGRAM);
  // There are no hosts to be asked after a deployment.
  await mkdir(join(folder, "cli"));
  await writeFile(join(folder, "cli/anycast.js"), 'console.log("anycast", ...process.argv.slice(2));');
  env = {
    ...(await labEnvironment(folder)),
    PULUMI_BACKEND_URL: `s3://state?endpoint=${server.endpoint}&s3ForcePathStyle=true&region=us-east-1`,
    ANYCAST_LAB_DIR: folder, // by it the processes are found that work for this test
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  await execa("pulumi", ["stack", "init", "prod", "--non-interactive"], { cwd: folder, env });
}, 120_000);
// Each deployment takes seconds, more on a busy machine.
vi.setConfig({ testTimeout: 120_000 });
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

function deploy(more: Record<string, string>) {
  return execa("gitops/deploy", ["prod"], { cwd: folder, env: { ...env, ...more }, reject: false, all: true });
}

/** The names of what the state on the server has. */
async function deployed(): Promise<string[]> {
  const { stdout } = await execa("pulumi", ["stack", "export", "--stack", "prod"], { cwd: folder, env });
  const { deployment } = JSON.parse(stdout) as { deployment: { resources: { urn: string; type: string }[] } };
  return deployment.resources
    .filter(({ type }) => type === "test:index:Nothing")
    .map(({ urn }) => urn.split("::")[3]!)
    .toSorted();
}

test("of two deployments at once the second is refused with the holder's name, and nothing is lost", async () => {
  const first = deploy({ HOLD: "yes", NAMES: "ams,fra" });
  const held = join(folder, "held");
  await vi.waitUntil(async () => (await readFile(held).catch(() => undefined)) !== undefined, { timeout: 30_000 });

  const second = await deploy({ NAMES: "sin" });
  expect(second.exitCode).not.toBe(0);
  expect(second.all).not.toContain("anycast status");
  const holder = `${userInfo().username}@${hostname()} \\(pid \\d+\\) since \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ`;
  expect(second.stderr).toMatch(
    new RegExp(`^deploy: 'prod' is being deployed by ${holder}: nothing was changed. Deploy again`, "m"),
  );

  await rm(held);
  const { exitCode, all } = await first;
  expect({ exitCode, all }).toMatchObject({ exitCode: 0, all: expect.stringContaining("anycast status --stack prod") });
  expect(await deployed()).toEqual(["ams", "fra"]);
});

test("the lock of a deployment that died is taken off by the command that the refusal names", async () => {
  const died = execa("pulumi", ["up", "--stack", "prod", "--yes", "--non-interactive"], {
    cwd: folder,
    env: { ...env, HOLD: "yes", NAMES: "ams" },
    reject: false,
  });
  const held = join(folder, "held");
  await vi.waitUntil(async () => (await readFile(held).catch(() => undefined)) !== undefined, { timeout: 30_000 });
  for (const pid of enginePids(folder)) process.kill(pid, "SIGKILL");
  await died;
  await rm(held);

  const { stderr } = await deploy({ NAMES: "ams" });
  const [, command = ""] = /dead: (pulumi cancel .*)$/m.exec(stderr) ?? [];
  const [program = "", ...args] = command.split(" ");
  await execa(program, args, { cwd: folder, env });
  const { exitCode, all } = await deploy({ NAMES: "ams" });
  expect({ exitCode, all }).toMatchObject({ exitCode: 0 });
  expect(await deployed()).toEqual(["ams"]);
});
