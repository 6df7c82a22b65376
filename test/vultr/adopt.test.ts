import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { memoryCloud, TEST_ACCOUNT, type VultrCloud } from "../../lab/clouds/vultr/cloud.ts";
import { serveVultrApi, type VultrApi as ServedApi } from "../../lab/clouds/vultr/server.ts";
import { VultrApi } from "../../clients/vultr/api.ts";
import { createFirewallGroup } from "../../clients/vultr/firewalls.ts";
import { changeServer, createServer, readServer } from "../../clients/vultr/servers.ts";
import { hostIdentity } from "../../model/vultr/identity.ts";
import { adopt } from "../../cli/preflight.ts";

const KEYS = { ams: "ssh-ed25519 AAAAAMS", ewr: "ssh-ed25519 AAAAEWR" } as const;

let folder: string;
let before: string;
let cloud: VultrCloud;
let api: ServedApi;
const path = process.env["PATH"];

beforeEach(async () => {
  cloud = memoryCloud();
  api = await serveVultrApi(cloud);
  before = process.cwd();
  folder = mkdtempSync(join(tmpdir(), "anycast-adopt-"));
  process.chdir(folder);
  process.env["PATH"] = [`${folder}/bin`, path].join(delimiter);
  for (const each of ["bin", "stacks"]) mkdirSync(each);
  writeFileSync("Pulumi.yaml", "name: anycast\nstackConfigDir: stacks\n");
  writeFileSync("bin/pulumi", `#!/bin/sh\necho "error: no stack named 'prod' found" >&2\nexit 255\n`, { mode: 0o755 });
  writeFileSync("stacks/Pulumi.prod.yaml", stringify({ config: { "anycast:network": NETWORK } }));
});

afterEach(async () => {
  process.chdir(before);
  process.env["PATH"] = path;
  rmSync(folder, { recursive: true, force: true });
  await api.close();
});

const NETWORK = {
  asn: 396982,
  prefixes: ["192.5.5.0/24"],
  services: {
    web: { kind: "external", addresses: ["192.5.5.1"], ports: ["tcp/443"], checks: [{ kind: "tcp", port: 443 }] },
  },
  sites: {
    ams: { host: { provider: "vultr", region: "ams" } },
    ewr: { host: { provider: "vultr", region: "ewr" } },
  },
};

/** Makes a server as the plugin does; tells its id. */
async function server(site: string, ...tags: string[]): Promise<string> {
  const client = new VultrApi({ url: api.url, key: TEST_ACCOUNT.apiKey });
  const { id } = await createServer(client, "instance", {
    region: site,
    plan: "vc2-1c-2gb",
    os_id: 2136,
    label: site,
    hostname: site,
    tags: ["pulumi-anycast", "stack.anycast.prod", `resource.anycast-${site}-host`, ...tags],
  });
  await vi.waitFor(async () => expect((await readServer(client, "instance", id)).main_ip).not.toBe("0.0.0.0"), {
    timeout: 15_000,
  });
  return id;
}

/** Has every host offer a key. */
function offer(key: string): void {
  writeFileSync("bin/ssh-keyscan", `#!/bin/sh\nfor host; do :; done\necho "# $host:22"\necho "$host ${key}"\n`, {
    mode: 0o755,
  });
}

async function run(): Promise<{ script: string; warnings: string[] }> {
  let script = "";
  const warnings: string[] = [];
  const environment = { VULTR_API_KEY: TEST_ACCOUNT.apiKey, VULTR_API_URL: api.url };
  await adopt(
    "prod",
    environment,
    (text) => (script += text),
    (line) => warnings.push(line),
  );
  return { script, warnings };
}

test("a server that offers the key of its tag is taken back, and another one is not", async () => {
  const ams = await server("ams", `anycast-${hostIdentity(KEYS.ams)}`);
  const ewr = await server("ewr", `anycast-${hostIdentity(KEYS.ewr)}`);
  offer(KEYS.ams);
  const { script, warnings } = await run();
  expect(script).toContain(
    `pulumi config set --stack prod --path 'anycast:network.sites.ams.host.hostKey' '${KEYS.ams}'`,
  );
  expect(script).toContain(ams);
  expect(script).not.toContain(ewr);
  expect(warnings).toEqual([
    expect.stringContaining(`offers another host key than server ${ewr} was made with: it was reinstalled`),
  ]);
});

test("one without its fingerprint is to be checked by hand; of several, and of unfinished ones, none is taken", async () => {
  const [first, second] = [await server("ams"), await server("ams")];
  await server("ewr");
  offer(KEYS.ewr);
  const { script, warnings } = await run();
  for (const id of [first, second]) expect(warnings[0]).toContain(id);
  expect(script).toContain("anycast-ewr-host");
  expect(script).not.toContain("anycast-ams-host");
  expect(warnings).toEqual([
    expect.stringMatching(/^ams: there are several servers \(.*\): delete at Vultr all but the one that announces/),
    expect.stringContaining(`compare '${KEYS.ewr}' with /etc/ssh/ssh_host_ed25519_key.pub on its console`),
  ]);
});

test("the canary's firewall group and that of the others are taken back, each with its rules", async () => {
  const client = new VultrApi({ url: api.url, key: TEST_ACCOUNT.apiKey });
  const groups = await Promise.all(["a", "b"].map((description) => createFirewallGroup(client, { description })));
  const [canary = "", others = ""] = groups.map(({ id }) => id);
  const ids = [await server("ams"), await server("ewr")];
  for (const [index, id] of ids.entries())
    await changeServer(client, "instance", id, { firewall_group_id: [canary, others][index] });
  offer(KEYS.ams);
  const { script } = await run();
  const imported = (name: string): string | undefined =>
    new RegExp(`"name": "${name}",\\s+"id": "([^"]+)"`).exec(script)?.[1];
  for (const [name, id] of [
    ["anycast-vultr-canary", canary],
    ["anycast-vultr-canary-rules", canary],
    ["anycast-vultr", others],
    ["anycast-vultr-rules", others],
  ] as const)
    expect(imported(name), name).toBe(id);

  // As earlier versions made it: one group for all, which becomes that of the others.
  await changeServer(client, "instance", ids[0] ?? "", { firewall_group_id: others });
  expect((await run()).script).not.toContain("anycast-vultr-canary");
});

test("with nothing to take back it says so", async () => {
  const id = await server("ams", `anycast-unfinished-${hostIdentity(KEYS.ams)}`);
  offer(KEYS.ams);
  const warnings: string[] = [];
  const environment = { VULTR_API_KEY: TEST_ACCOUNT.apiKey, VULTR_API_URL: api.url };
  await expect(adopt("prod", environment, console.log, (line) => warnings.push(line))).rejects.toThrow(
    "stack prod: no server at Vultr can be taken back into its state",
  );
  expect(warnings).toEqual([`ams: ${id} was never finished: delete it at Vultr`]);
});
