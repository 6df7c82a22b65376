import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test } from "vitest";
import { AnycastNetwork, type AnycastNetworkArgs } from "../../components/anycast-network.ts";
import { checkFirst } from "../../components/check-first.ts";
import { refuseMissingPlugin } from "../../components/vultr-plugin.ts";
import { refuseStandIn } from "../../components/stand-in.ts";
import type { Inventory } from "../../model/inventory.ts";
import { planNetwork } from "../../model/plan-network.ts";
import { manifestSchema } from "../../model/manifest.ts";
import type { NetworkInput } from "../../model/schema.ts";
import type { CloudAccount } from "../../lab/clouds/store.ts";
import { VULTR_TYPES, type VultrFirewallRule } from "../../model/vultr/resources.ts";
import { FIRST_USER } from "../../render/cloud-init.ts";
import { TEST_ACCOUNT } from "../../lab/clouds/vultr/cloud.ts";
import { hostIdentity } from "../../model/vultr/identity.ts";
import { sshKey } from "../ssh-key.ts";
import { simulatedVultr } from "./simulated-vultr.ts";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

const PASSWORD = "s3cretBgpPasswrd";
const OPERATOR = sshKey();
const HOST_KEY =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nPRIVATEHOSTKEY\n-----END OPENSSH PRIVATE KEY-----\nssh-ed25519 AAAAHOSTKEY \n";

let registered: Registered[] = [];
let warnings: string[] = [];
let told: string[] = [];
/** The names of the resources that Pulumi refuses to delete. */
let guarded: string[] = [];
/** What the engine answers about the stack's own state: URN → type and outputs. */
let state: Record<string, { type: string; outputs: Record<string, unknown> }> = {};
/** Whether the engine passes all resources over, as those that `--target` does not name. */
let passedOver = false;
let account: CloudAccount = TEST_ACCOUNT;
const vultr = simulatedVultr(async () => account);

/** What the clouds' resources tell of themselves, beside their inputs. */
function outputsOf({ type, name, inputs }: Registered): Record<string, unknown> {
  switch (type) {
    case VULTR_TYPES.instance:
    case VULTR_TYPES.bareMetalServer:
      return { mainIp: "192.0.2.10", v6MainIp: "2001:DB8:1::10", defaultPassword: "root password" };
    case "equinix-metal:index/device:Device":
      return { accessPublicIpv4: "192.0.2.20", accessPrivateIpv4: "10.1.2.3", accessPublicIpv6: "2001:db8:2::3" };
    case "command:local:Command":
      return { stdout: HOST_KEY };
    case "command:remote:Command":
      return inputs["create"] === undefined ? {} : { stdout: stdoutOf(name, inputs) };
    default:
      return {};
  }
}

function stdoutOf(name: string, inputs: Record<string, unknown>): string {
  if (name.endsWith("-install")) return JSON.stringify({ debian: "12.5", bird: "2.0.12", knot: null, node: "18.20.4" });
  if (name.endsWith("-secrets")) return "00000000-0000-4000-8000-000000000000";
  if (name.endsWith("-ready")) return "ready";
  if (/-(peers|reach)$/.test(name)) return "";
  const manifest = manifestSchema.parse(JSON.parse(String(inputs["stdin"])));
  return JSON.stringify({
    site: manifest.site,
    digest: "d".repeat(64),
    changed: [],
    versions: { debian: "12.5", bird: "2.0.12", knot: null, node: "18.20.4", agent: "0" },
    prefixes: { "192.5.5.0/24": "full" },
    warnings: [],
  });
}

const mocks: pulumi.runtime.Mocks = {
  call: ({ token }) => {
    if (token === "pulumi:pulumi:readStackResourceOutputs") return { outputs: state };
    if (token.endsWith("getDeviceBgpNeighbors")) {
      const speaker = { customerAs: 396982, md5Enabled: true, md5Password: PASSWORD, multihop: true, peerAs: 65530 };
      return {
        bgpNeighbors: [
          { ...speaker, addressFamily: 4, customerIp: "10.1.2.3", peerIps: ["169.254.255.1", "169.254.255.2"] },
          { ...speaker, addressFamily: 6, customerIp: "2001:db8:2::3", peerIps: ["fc00:0:0:0:0:0:0:e"] },
        ],
      };
    }
    throw new Error(`nobody answers ${token}`);
  },
  newResource: (resource) => {
    registered.push(resource);
    if (passedOver && !resource.type.startsWith("anycast:")) return { id: "", state: {} };
    return { id: `id-of-${resource.name}`, state: { ...resource.inputs, ...outputsOf(resource) } };
  },
};

beforeEach(() => {
  registered = [];
  warnings = [];
  told = [];
  guarded = [];
  passedOver = false;
  state = {};
  account = { ...TEST_ACCOUNT, asn: 396982 };
});

function network(overrides: Partial<NetworkInput> = {}): NetworkInput {
  return {
    asn: 396982,
    prefixes: ["192.5.5.0/24", "2001:500:2f::/48"],
    services: {
      web: {
        kind: "external",
        addresses: ["192.5.5.1", "2001:500:2f::1"],
        ports: ["tcp/443"],
        checks: [{ kind: "tcp", port: 443 }],
      },
    },
    sites: {
      ams: { host: { provider: "vultr", region: "ams" } },
      nyc: { host: { provider: "vultrBareMetal", region: "ewr" } },
      tyo: { host: { provider: "equinixMetal", region: "ty" } },
    },
    ...overrides,
  };
}

/** Runs something and keeps what it tells the user. */
async function withWarnings<T>(run: () => Promise<T>): Promise<T> {
  const { warn, info } = pulumi.log;
  Object.assign(pulumi.log, {
    warn: (message: string) => Promise.resolve(void warnings.push(message)),
    info: (message: string) => Promise.resolve(void told.push(message)),
  });
  try {
    return await run();
  } finally {
    Object.assign(pulumi.log, { warn, info });
  }
}

async function deploy(overrides: Partial<AnycastNetworkArgs> = {}): Promise<Inventory> {
  await pulumi.runtime.setMocks(mocks, "anycast", "test", false, "organization");
  return withWarnings(async () => {
    const args = {
      network: network(),
      sshPrivateKey: OPERATOR.private,
      bgpPasswords: { vultr: PASSWORD, equinixMetal: PASSWORD },
      ...overrides,
    };
    const made = new AnycastNetwork("anycast", args, {
      transformations: [({ name, opts }) => void (opts.protect === true && guarded.push(name))],
    });
    try {
      return await new Promise<Inventory>((done) => made.inventory.apply(done));
    } finally {
      await pulumi.runtime.disconnect();
    }
  });
}

function find(name: string): Record<string, unknown> {
  const resource = registered.find((candidate) => candidate.name === name);
  if (resource === undefined) throw new Error(`no resource ${name} among ${registered.map((r) => r.name).join(", ")}`);
  return resource.inputs;
}

test("servers alone are protected, where the network says so", async () => {
  await deploy();
  expect(guarded).toEqual([]);
  await deploy({ network: network({ protectHosts: true }) });
  expect(guarded.toSorted()).toEqual(["anycast-ams-host", "anycast-nyc-host", "anycast-tyo-host"]);
});

const operatorKey = OPERATOR.public.trim().split(" ").slice(0, 2).join(" ");

test("a virtual machine at Vultr", async () => {
  const inventory = await deploy();
  expect(find("anycast-ams-host")).toMatchObject({
    region: "ams",
    plan: "vc2-1c-2gb",
    osId: 2136,
    enableIpv6: true,
    hostname: "ams",
    label: "ams",
    tags: ["pulumi-anycast", "stack.anycast.test", "resource.anycast-ams-host"],
    sshKeyIds: ["id-of-anycast-vultr-key-0"],
    firewallGroupId: "id-of-anycast-vultr-canary",
    generation: "1",
    identity: hostIdentity("ssh-ed25519 AAAAHOSTKEY"),
  });
  expect(inventory.sites["ams"]).toMatchObject({
    provider: "vultr",
    region: "ams",
    management: { address: "192.0.2.10", user: FIRST_USER, hostKey: "ssh-ed25519 AAAAHOSTKEY" },
    addresses: { ipv4: "192.0.2.10", ipv6: "2001:db8:1::10" },
    neighbors: [
      { address: "169.254.169.254", asn: 64515, source: "192.0.2.10", multihop: 2, password: true },
      { address: "2001:19f0:ffff::1", asn: 64515, source: "2001:db8:1::10", multihop: 2, password: true },
    ],
  });
});

test("bare metal at Vultr has another neighbor, and no firewall of Vultr's", async () => {
  const inventory = await deploy();
  expect(find("anycast-nyc-host")).toMatchObject({ region: "ewr", plan: "vbm-4c-32gb", osId: 2136, hostname: "nyc" });
  expect(find("anycast-nyc-host")).not.toHaveProperty("firewallGroupId");
  expect(inventory.sites["nyc"]?.neighbors[0]).toMatchObject({ address: "169.254.1.1", asn: 20473 });
});

test("one resource has the user data of all servers at Vultr overwritten", async () => {
  await deploy();
  expect(find("anycast-vultr-first-contact")).toEqual({
    instanceIds: ["id-of-anycast-ams-host"],
    bareMetalIds: ["id-of-anycast-nyc-host"],
  });
  expect(registered.filter(({ type }) => type === VULTR_TYPES.firstContactDone)).toHaveLength(1);
});

test("a server at Equinix Metal has the neighbors that its API tells, IPv4 from the private address", async () => {
  const inventory = await deploy();
  expect(find("anycast-equinix-metal")).toMatchObject({
    bgpConfig: { value: { deploymentType: "global", asn: 396982 } },
  });
  expect(find("anycast-tyo-host")).toMatchObject({ metro: "ty", operatingSystem: "debian_12", billingCycle: "hourly" });
  expect(find("anycast-tyo-bgp4")).toEqual({ deviceId: "id-of-anycast-tyo-host", addressFamily: "ipv4" });
  expect(find("anycast-tyo-bgp6")).toEqual({ deviceId: "id-of-anycast-tyo-host", addressFamily: "ipv6" });
  expect(inventory.sites["tyo"]?.neighbors).toEqual([
    { family: 4, address: "169.254.255.1", asn: 65530, source: "10.1.2.3", multihop: 5, password: true },
    { family: 4, address: "169.254.255.2", asn: 65530, source: "10.1.2.3", multihop: 5, password: true },
    { family: 6, address: "fc00::e", asn: 65530, source: "2001:db8:2::3", multihop: 5, password: true },
  ]);
});

test("a preview with Equinix Metal says that it is gone, and what is left", async () => {
  await deploy();
  expect(warnings.join("\n")).toContain(
    "Equinix Metal was shut down on 30 June 2026: nobody can create a device there. " +
      "Use vultrBareMetal, or phoenixnap, netactuate or cherryServers as the profile of an existing host. (site 'tyo')",
  );
});

test("the first contact: the host key is in the user data and pinned in every connection; nothing of it is shown", async () => {
  await deploy();
  const userData = JSON.stringify(find("anycast-ams-host")["userData"]);
  expect(userData).toContain("PRIVATEHOSTKEY");
  expect(userData).toContain(operatorKey);
  const remote = registered.filter(({ type }) => type.startsWith("command:remote:"));
  expect(
    remote.map(({ inputs }) => JSON.stringify(inputs["connection"]).includes("ssh-ed25519 AAAAHOSTKEY")),
  ).not.toContain(false);
  const secret = "4dabf18193072939515e22adb298388d";
  for (const name of ["ams", "nyc", "tyo"]) expect(find(`anycast-${name}-host`)["userData"]).toHaveProperty(secret);
  const holders = registered.filter(({ inputs }) => JSON.stringify(inputs).includes("PRIVATEHOSTKEY"));
  expect(holders.map(({ name }) => name).toSorted()).toEqual([
    "anycast-ams-host",
    "anycast-nyc-host",
    "anycast-tyo-host",
  ]);
});

test("nothing is installed on a host before it is ready", async () => {
  await deploy();
  const names = registered.map(({ name }) => name);
  for (const site of ["ams", "nyc", "tyo"])
    expect(names.indexOf(`anycast-${site}-ready`)).toBeLessThan(names.indexOf(`anycast-${site}-install`));
});

test("the firewall group lets in SSH, ICMP, BGP, heartbeats, metrics and the services, and nothing else", async () => {
  const management = { from: ["198.51.100.0/24"], metrics: { port: 9200 } };
  await deploy({ network: network({ management }) });
  const { groupId, rules } = find("anycast-vultr-canary-rules") as { groupId: string; rules: VultrFirewallRule[] };
  expect(groupId).toBe("id-of-anycast-vultr-canary");
  expect(find("anycast-vultr-canary-openings")).toEqual({ groupId, rules });
  expect(
    rules.map(({ protocol, port, from, notes }) => [protocol, port ?? "", from, notes].join(" ")).toSorted(),
  ).toEqual([
    "icmp  0.0.0.0/0 ICMP",
    "icmp  ::/0 ICMP",
    "tcp 179 169.254.169.254/32 BGP",
    "tcp 179 2001:19f0:ffff::1/128 BGP",
    "tcp 22 198.51.100.0/24 SSH",
    "tcp 443 0.0.0.0/0 web",
    "tcp 443 ::/0 web",
    "tcp 9200 198.51.100.0/24 metrics",
    "udp 61453 0.0.0.0/0 heartbeats",
    "udp 61453 ::/0 heartbeats",
  ]);
});

test("what many hosts share is made once", async () => {
  const sites = Object.fromEntries(
    ["a", "b", "c"].map((site) => [site, { host: { provider: "vultr", region: "ams" } }]),
  ) as NetworkInput["sites"];
  await deploy({ network: network({ sites }) });
  expect(registered.filter(({ type }) => type === VULTR_TYPES.sshKey)).toHaveLength(1);
  for (const type of [VULTR_TYPES.firewallGroup, VULTR_TYPES.firewallOpenings, VULTR_TYPES.firewallRules])
    expect(registered.filter((each) => each.type === type)).toHaveLength(2);
  expect(registered.filter(({ type }) => type.startsWith("equinix-metal:"))).toEqual([]);
});

test("an imported server is known by its own host key, and gets none of ours", async () => {
  const hostKey = "ssh-ed25519 AAAAITSOWN";
  const host = { provider: "vultr", region: "ams", hostKey } as const;
  const inventory = await deploy({ network: network({ sites: { ams: { host }, sea: { host } } }) });
  expect(inventory.sites["ams"]?.management.hostKey).toBe(hostKey);
  expect(find("anycast-ams-host")).toMatchObject({ generation: "adopted", identity: hostIdentity(hostKey) });
  expect(registered.filter(({ name }) => name.endsWith("-host-key"))).toEqual([]);
});

describe("what the cloud does not have is named with its path, before anything is declared", () => {
  const host = { provider: "vultr", region: "ams" } as const;
  const check = async (own: object = {}, dryRun = true): Promise<void> => {
    await pulumi.runtime.setMocks(mocks, "anycast", "test", dryRun, "organization");
    await withWarnings(() => checkFirst(network({ sites: { ams: { host: { ...host, ...own } }, sea: { host } } })));
  };
  const cases: [name: string, own: object, message: string][] = [
    [
      "an operating system with a part of its name",
      { os: "Debian 12 x64" },
      "anycast:network.sites.ams.host.os: Vultr has no operating system 'Debian 12 x64'; did you mean 'Debian 12 x64 (bookworm)'?",
    ],
    [
      "an operating system with a slip",
      { os: "Debian 13 x64 (trixi)" },
      "no operating system 'Debian 13 x64 (trixi)'; did you mean 'Debian 13 x64 (trixie)'?",
    ],
    [
      "a plan",
      { plan: "vc2-1c-3gb" },
      "anycast:network.sites.ams.host.plan: Vultr has no plan 'vc2-1c-3gb'; did you mean 'vc2-1c-1gb'?",
    ],
    [
      "a bare metal plan",
      { provider: "vultrBareMetal", plan: "vbm-4c-64gb" },
      "anycast:network.sites.ams.host.plan: Vultr has no bare metal plan 'vbm-4c-64gb'",
    ],
  ];
  test.each(cases)("%s", async (_name, own, message) => {
    await expect(check(own)).rejects.toThrow(message);
    expect(registered).toEqual([]);
  });

  test("a plan that is sold out in the region, but not where the server is there already", async () => {
    await vultr.cloud().faults.fail({ kind: "out-of-stock", where: "ams" });
    await expect(check()).rejects.toThrow(
      "anycast:network.sites.ams.host.plan: Vultr does not offer 'vc2-1c-2gb' in 'ams' at present, only in atl,",
    );
    const outputs = { hostname: "ams", region: "ams", plan: "vc2-1c-2gb", generation: "1" };
    for (const site of ["ams", "sea"])
      state[`urn:${site}`] = { type: VULTR_TYPES.instance, outputs: { ...outputs, hostname: site } };
    await expect(check({}, false)).resolves.toBeUndefined();
  });

  test("more firewall rules than a group takes", async () => {
    const from = Array.from({ length: 45 }, (_, index) => `198.51.${index}.0/24`);
    await pulumi.runtime.setMocks(mocks, "anycast", "test", false, "organization");
    const sites = { ams: { host }, sea: { host } };
    await expect(checkFirst(network({ sites, management: { from } }))).rejects.toThrow(
      "anycast:network: Vultr's firewall in front of the hosts would need 53 rules, and a group takes 50. Name fewer, shorter prefixes in management.from",
    );
  });

  test("rules that do not fit beside those that go, as a group opens before it closes", async () => {
    const rules = Array.from({ length: 45 }, (_, index) => ({
      protocol: "tcp",
      port: `${index + 1000}`,
      from: "::/0",
    }));
    const group = { type: VULTR_TYPES.firewallGroup, outputs: { maxRuleCount: 50 } };
    state["urn:2"] = group;
    state["urn:1"] = { type: VULTR_TYPES.firewallRules, outputs: { groupId: "g", rules } };
    await expect(check({}, false)).rejects.toThrow(
      "anycast:network: Vultr's firewall in front of the hosts would need 55 rules while it is changed, 10 afterwards, and a group takes 50: it opens before it closes. Make the change in two runs, first without what is new",
    );
    state["urn:1"] = { type: VULTR_TYPES.firewallRules, outputs: { groupId: "g", rules: rules.slice(0, 40) } };
    await expect(check({}, false)).resolves.toBeUndefined();
  });

  test("what a month costs, before and after", async () => {
    state["urn:1"] = {
      type: VULTR_TYPES.instance,
      outputs: { hostname: "ams", region: "ams", plan: "vc2-2c-4gb", generation: "1" },
    };
    await check();
    expect(told).toContain(
      [
        "What the servers at Vultr cost a month, before → after: $20 → $20 (list prices, without traffic and taxes)",
        "  ams: $20 (vc2-2c-4gb) → $10 (vc2-1c-2gb)",
        "  sea: nothing → $10 (vc2-1c-2gb)",
      ].join("\n"),
    );
  });

  test("each list is asked for once, in few requests a list, and without a key", async () => {
    process.env["VULTR_API_KEY"] = "wrong";
    await check({}, false);
    await deploy({ network: network({ sites: { ams: { host }, sea: { host } } }) });
    const asked = vultr.api().requests.map(({ path }) => path.split("?")[0]);
    expect(new Set(asked)).toEqual(new Set(["/v2/regions", "/v2/plans", "/v2/plans-metal", "/v2/os"]));
    expect(asked.filter((path) => path === "/v2/os")).toHaveLength(1);
  });

  test("a state of the package before, a key by its old name, and a host key that fits no server", async () => {
    state["urn:pulumi:test::anycast::vultr:index/instance:Instance::anycast-ams-host"] = {
      type: "vultr:index/instance:Instance",
      outputs: {},
    };
    await expect(check()).rejects.toThrow(
      "The stack's state has 1 resource of the Vultr package that is no longer used (vultr:index/instance:Instance anycast-ams-host). Import",
    );
    state = {};
    await expect(check({ hostKey: "ssh-ed25519 AAAA" })).rejects.toThrow(
      "anycast:network.sites.ams.host.hostKey: is for a server that was imported, and the state has none for 'ams'",
    );
    pulumi.runtime.setAllConfig({ "vultr:apiKey": "KEY" });
    await expect(check()).rejects.toThrow(
      "vultr:apiKey is no longer used. Set the key by its new name: pulumi config set --secret anycast-vultr:apiKey",
    );
    pulumi.runtime.setAllConfig({});
  });

  test("a host key of a server that is to be another one", async () => {
    state["urn:1"] = {
      type: VULTR_TYPES.instance,
      outputs: { hostname: "ams", region: "ams", plan: "vc2-2c-4gb", generation: "" },
    };
    await expect(check({ hostKey: "ssh-ed25519 AAAA" })).rejects.toThrow(
      "hostKey: belongs to the server that is there, vc2-2c-4gb in ams. A new server has a new key: remove hostKey with the same change",
    );
  });
});

test("the command that makes host keys makes one that OpenSSH reads", async () => {
  await deploy();
  const made = execFileSync("/bin/sh", ["-c", String(find("anycast-ams-host-key")["create"])], { encoding: "utf8" });
  const [privateHalf = "", publicHalf = ""] = made.split(/(?<=-----END OPENSSH PRIVATE KEY-----\n)/);
  const folder = mkdtempSync(join(tmpdir(), "anycast-key-"));
  try {
    writeFileSync(join(folder, "key"), privateHalf, { mode: 0o600 });
    const read = execFileSync("ssh-keygen", ["-y", "-f", join(folder, "key")], { encoding: "utf8" });
    expect(read.trim()).toBe(publicHalf.trim());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("a preview asks Vultr whether the account may announce", () => {
  beforeEach(() => {
    process.env["VULTR_API_KEY"] = TEST_ACCOUNT.apiKey;
  });
  const host = { provider: "vultr", region: "ams" } as const;
  const sites = { ams: { host }, sea: { host } };

  test("and refuses what it cannot", async () => {
    account = { ...TEST_ACCOUNT, asn: 64512 };
    await pulumi.runtime.setMocks(mocks, "anycast", "test", true, "organization");
    await expect(withWarnings(() => checkFirst(network({ sites })))).rejects.toThrow(
      "The account at Vultr cannot announce this network:\n  Vultr ASN: Vultr has AS64512 for the account, and anycast:network.asn is AS396982",
    );
  });

  test("an update asks no more", async () => {
    account = { ...TEST_ACCOUNT, asn: 64512 };
    await pulumi.runtime.setMocks(mocks, "anycast", "test", false, "organization");
    await expect(checkFirst(network({ sites }))).resolves.toBeUndefined();
  });

  test("waiting is a warning", async () => {
    account = { ...account, listsPrefixes: true };
    await pulumi.runtime.setMocks(mocks, "anycast", "test", true, "organization");
    await withWarnings(() => checkFirst(network({ sites })));
    expect(warnings.join()).toContain("Vultr prefix 192.5.5.0/24: is not on the account's list.");
  });
});

test("a host that nobody could log in to is not made", async () => {
  await expect(deploy({ sshPrivateKey: undefined })).rejects.toThrow(
    "The host of site 'ams' is made by us, and nobody could log in to it. Set a key: pulumi config set --secret anycast:sshPrivateKey < key",
  );
  expect(registered.filter(({ type }) => !type.startsWith("anycast:"))).toEqual([]);
});

test("sessions without a password are not made", async () => {
  await expect(deploy({ bgpPasswords: undefined })).rejects.toThrow(
    "Set it: pulumi config set --secret --path anycast:bgpPasswords.ams (or anycast:bgpPasswords.vultr, for the whole account)",
  );
});

test("documentation space is announced in a rehearsal only", async () => {
  const host = { provider: "vultr", region: "ams" } as const;
  const rehearsed = network({
    asn: 64500,
    prefixes: ["203.0.113.0/24"],
    services: {
      dns: { kind: "external", addresses: ["203.0.113.1"], ports: ["udp/53"], checks: [{ kind: "tcp", port: 53 }] },
    },
    sites: { ams: { host }, sea: { host } },
  });
  await expect(deploy({ network: rehearsed })).resolves.toBeDefined();
  delete process.env["ANYCAST_REHEARSAL"];
  await expect(deploy({ network: rehearsed })).rejects.toThrow("203.0.113.0/24 is documentation space (RFC 5737)");
});

test("a project that does not name the plugin gets the lines to add, and one that does gets it", async () => {
  await pulumi.runtime.setMocks(mocks, "anycast", "test", false, "organization");
  const root = mkdtempSync(join(tmpdir(), "anycast-project-"));
  try {
    const plan = planNetwork(network());
    writeFileSync(join(root, "Pulumi.yaml"), "name: anycast\n");
    const path = relative(root, resolve(import.meta.dirname, "../../plugins"));
    const lines = `plugins:\n  providers:\n    - { name: anycast-vultr, path: ${path} }`;
    expect(() => refuseMissingPlugin(plan, root)).toThrow(
      `Site 'ams' is at Vultr, and Pulumi does not find the plugin for it, which comes with this package. Add to Pulumi.yaml:\n\n${lines}`,
    );
    writeFileSync(join(root, "Pulumi.yaml"), `name: anycast\n${lines}\n`);
    expect(() => refuseMissingPlugin(plan, root)).not.toThrow();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test("a run that passes resources over ends well, and knows nothing of them", async () => {
  passedOver = true;
  await pulumi.runtime.setMocks(mocks, "anycast", "test", false, "organization");
  let known = false;
  await withWarnings(async () => {
    const args = {
      network: network(),
      sshPrivateKey: OPERATOR.private,
      bgpPasswords: { vultr: PASSWORD, equinixMetal: PASSWORD },
    };
    new AnycastNetwork("anycast", args).inventory.apply(() => (known = true));
    await pulumi.runtime.disconnect();
  });
  expect(registered.length).toBeGreaterThan(20);
  expect(known).toBe(false);
});

test("a rehearsal takes the lab's plugins and API alone, and nothing else takes them", () => {
  const plan = planNetwork(network());
  expect(() => refuseStandIn(plan)).not.toThrow();
  delete process.env["VULTR_API_URL"];
  expect(() => refuseStandIn(plan)).toThrow(
    "ANYCAST_REHEARSAL is set, and Vultr's API is https://api.vultr.com: a rehearsal would reach the real one",
  );
  process.env["VULTR_API_URL"] = vultr.api().url;
  process.env["PATH"] = "/nowhere";
  expect(() => refuseStandIn(plan)).toThrow(
    "ANYCAST_REHEARSAL is set, and the command plugin on PATH is none, which is not the lab's stand-in for it",
  );
  delete process.env["ANYCAST_REHEARSAL"];
  expect(() => refuseStandIn(plan)).toThrow(
    /VULTR_API_URL is http:.*, a simulated Vultr on this machine, and this is no rehearsal/,
  );
});
