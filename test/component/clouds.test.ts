import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AnycastNetwork, type AnycastNetworkArgs } from "../../components/anycast-network.ts";
import { checkFirst } from "../../components/check-first.ts";
import type { Inventory } from "../../model/inventory.ts";
import { manifestSchema } from "../../model/manifest.ts";
import type { NetworkInput } from "../../model/schema.ts";
import { FIRST_USER } from "../../render/cloud-init.ts";
import { sshKey } from "../ssh-key.ts";

interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

const PASSWORD = "s3cretBgpPasswrd";
const OPERATOR = sshKey();
const HOST_KEY =
  "-----BEGIN OPENSSH PRIVATE KEY-----\nPRIVATEHOSTKEY\n-----END OPENSSH PRIVATE KEY-----\nssh-ed25519 AAAAHOSTKEY \n";
const REGIONS = ["ams", "ewr", "nrt"];

let registered: Registered[] = [];
let asked: string[] = [];
let warnings: string[] = [];
/** The names of the resources that Pulumi refuses to delete. */
let guarded: string[] = [];
/** What the clouds answer to a question, where it is not what a well-filled catalog would. */
let answers: Record<string, () => unknown> = {};

/** What the clouds' resources tell of themselves, beside their inputs. */
function outputs({ type, name, inputs }: Registered): Record<string, unknown> {
  switch (type) {
    case "vultr:index/instance:Instance":
    case "vultr:index/bareMetalServer:BareMetalServer":
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
  if (name.endsWith("-peers")) return "";
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
  call: ({ token, inputs }) => {
    const question = `${token.split(":").at(-1)} ${JSON.stringify(inputs["filters"]?.[0]?.values?.[0] ?? inputs)}`;
    asked.push(question);
    const answer = answers[token.split(":").at(-1) ?? ""];
    if (answer !== undefined) return answer() as Record<string, unknown>;
    if (token.endsWith("getDeviceBgpNeighbors")) {
      const speaker = { customerAs: 396982, md5Enabled: true, md5Password: PASSWORD, multihop: true, peerAs: 65530 };
      return {
        bgpNeighbors: [
          { ...speaker, addressFamily: 4, customerIp: "10.1.2.3", peerIps: ["169.254.255.1", "169.254.255.2"] },
          { ...speaker, addressFamily: 6, customerIp: "2001:db8:2::3", peerIps: ["fc00:0:0:0:0:0:0:e"] },
        ],
      };
    }
    return { id: "2136", locations: REGIONS };
  },
  newResource: (resource) => {
    registered.push(resource);
    return { id: `id-of-${resource.name}`, state: { ...resource.inputs, ...outputs(resource) } };
  },
};

beforeEach(() => {
  registered = [];
  asked = [];
  warnings = [];
  guarded = [];
  answers = {};
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

/** Runs something and keeps its warnings. */
async function withWarnings<T>(run: () => Promise<T>): Promise<T> {
  const { warn } = pulumi.log;
  Object.assign(pulumi.log, { warn: (message: string) => Promise.resolve(void warnings.push(message)) });
  try {
    return await run();
  } finally {
    Object.assign(pulumi.log, { warn });
  }
}

async function deploy(overrides: Partial<AnycastNetworkArgs> = {}): Promise<Inventory> {
  await pulumi.runtime.setMocks(mocks, "anycast", "test", false);
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
    tags: ["pulumi-anycast", "anycast-ams"],
    sshKeyIds: ["id-of-anycast-vultr-key-0"],
    firewallGroupId: "id-of-anycast-vultr",
    activationEmail: false,
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

test("the firewall group lets in SSH, ICMP, BGP and the services, and nothing else", async () => {
  await deploy({ network: network({ management: { from: ["198.51.100.0/24"] } }) });
  const rules = registered
    .filter(({ type }) => type === "vultr:index/firewallRule:FirewallRule")
    .map(({ inputs: i }) =>
      [i["ipType"], i["protocol"], i["port"] ?? "", `${String(i["subnet"])}/${String(i["subnetSize"])}`].join(" "),
    );
  expect(rules.toSorted()).toEqual([
    "v4 icmp  0.0.0.0/0",
    "v4 tcp 179 169.254.169.254/32",
    "v4 tcp 22 198.51.100.0/24",
    "v4 tcp 443 0.0.0.0/0",
    "v6 icmp  ::/0",
    "v6 tcp 179 2001:19f0:ffff::1/128",
    "v6 tcp 443 ::/0",
  ]);
});

test("what many hosts share is made once", async () => {
  const sites = Object.fromEntries(
    ["a", "b", "c"].map((site) => [site, { host: { provider: "vultr", region: "ams" } }]),
  ) as NetworkInput["sites"];
  await deploy({ network: network({ sites }) });
  expect(registered.filter(({ type }) => type === "vultr:index/sSHKey:SSHKey")).toHaveLength(1);
  expect(registered.filter(({ type }) => type === "vultr:index/firewallGroup:FirewallGroup")).toHaveLength(1);
  expect(registered.filter(({ type }) => type.startsWith("equinix-metal:"))).toEqual([]);
  expect(asked).toEqual(['getOs "Debian 12 x64 (bookworm)"']);
});

/** Fails as the engine hands on what a plugin says. */
const refused = (details: string) => (): never => {
  throw Object.assign(new Error(details), { details });
};

describe("what the cloud does not have is named with its path, before anything is declared", () => {
  const none = refused("invocation of vultr:index/getX:getX returned an error: no results were found");
  const cases: [name: string, call: string, answer: () => unknown, message: string][] = [
    [
      "an operating system",
      "getOs",
      none,
      "anycast:network.sites.sea.host.os: Vultr has no operating system 'Debian 12 x64 (bookwurm)'; did you mean 'Debian 12 x64 (bookworm)'?",
    ],
    ["a plan", "getPlan", none, "anycast:network.sites.ams.host.plan: Vultr has no plan 'vc2-1c-2gb'"],
    ["a region", "getRegion", none, "anycast:network.sites.ams.host.region: Vultr has no region 'ams'"],
    [
      "a plan in this region",
      "getPlan",
      () => ({ id: "vc2-1c-2gb", locations: ["sea", "nrt"] }),
      "anycast:network.sites.ams.host.plan: Vultr does not offer 'vc2-1c-2gb' in 'ams' at present, only in sea, nrt",
    ],
    [
      "a key that is wrong",
      "getRegion",
      refused("401 Invalid API token"),
      "Vultr could not be asked for region 'ams': the API key is wrong",
    ],
    [
      "too many requests",
      "getRegion",
      refused("429 Rate limit hit"),
      "too many requests. Wait a minute and run it again",
    ],
  ];
  test.each(cases)("%s", async (_name, call, answer, message) => {
    answers[call] = answer;
    const host = {
      provider: "vultr",
      region: "ams",
      ...(call === "getOs" ? { os: "Debian 12 x64 (bookwurm)" } : {}),
    } as const;
    await pulumi.runtime.setMocks(mocks, "anycast", "test", true);
    await expect(checkFirst(network({ sites: { ams: { host }, sea: { host } } }))).rejects.toThrow(message);
    expect(registered).toEqual([]);
  });

  test("many sites, each question once", async () => {
    await pulumi.runtime.setMocks(mocks, "anycast", "test", true);
    const host = { provider: "vultr", region: "ams" } as const;
    await checkFirst(network({ sites: { a: { host }, b: { host }, c: { host } } }));
    expect(asked.toSorted()).toEqual(['getOs "Debian 12 x64 (bookworm)"', 'getPlan "vc2-1c-2gb"', 'getRegion "ams"']);
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
  let server: Server;
  let account: unknown;
  beforeEach(async () => {
    server = createServer(({ url }, response) => {
      response.writeHead(url === "/v2/account/bgp" ? 200 : 404).end(JSON.stringify(account));
    });
    await new Promise<void>((up) => server.listen(0, "127.0.0.1", up));
    process.env["VULTR_API_KEY"] = "KEY";
    process.env["VULTR_API_URL"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    delete process.env["VULTR_API_KEY"];
    delete process.env["VULTR_API_URL"];
    server.closeAllConnections();
    await new Promise((down) => server.close(down));
  });
  const host = { provider: "vultr", region: "ams" } as const;
  const sites = { ams: { host }, sea: { host } };

  test("and refuses what it cannot", async () => {
    account = { enabled: true, asn: 64512, password: "abcdefgh12345678" };
    await pulumi.runtime.setMocks(mocks, "anycast", "test", true);
    await expect(checkFirst(network({ sites }))).rejects.toThrow(
      "The account at Vultr cannot announce this network:\n  Vultr ASN: Vultr has AS64512 for the account, and anycast:network.asn is AS396982",
    );
  });

  test("an update asks no more", async () => {
    account = { enabled: true, asn: 64512, password: "abcdefgh12345678" };
    await pulumi.runtime.setMocks(mocks, "anycast", "test", false);
    await expect(checkFirst(network({ sites }))).resolves.toBeUndefined();
  });

  test("waiting is a warning", async () => {
    account = { enabled: false };
    await pulumi.runtime.setMocks(mocks, "anycast", "test", true);
    await withWarnings(() => checkFirst(network({ sites })));
    expect(warnings.join()).toContain("Vultr BGP: BGP is not enabled for the account yet.");
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

test("documentation space is announced in a rehearsal only, and a rehearsal takes no real plugin", async () => {
  const rehearsed = network({
    asn: 64500,
    prefixes: ["203.0.113.0/24"],
    services: {
      dns: { kind: "external", addresses: ["203.0.113.1"], ports: ["udp/53"], checks: [{ kind: "tcp", port: 53 }] },
    },
  });
  await expect(deploy({ network: rehearsed })).rejects.toThrow("203.0.113.0/24 is documentation space (RFC 5737)");
  process.env["ANYCAST_REHEARSAL"] = "/tmp/lab";
  try {
    await expect(deploy({ network: rehearsed })).rejects.toThrow(
      "ANYCAST_REHEARSAL is set, and the command plugin on PATH is none, which is not the lab's stand-in for it",
    );
  } finally {
    delete process.env["ANYCAST_REHEARSAL"];
  }
});
