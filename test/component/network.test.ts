import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { AnycastNetwork, type AnycastNetworkArgs } from "../../components/anycast-network.ts";
import type { HostPreparation } from "../../components/hosts/preparation.ts";
import { checkedKeys } from "../../components/heartbeat-keys.ts";
import type { Inventory } from "../../model/inventory.ts";
import { manifestSchema } from "../../model/manifest.ts";
import { peersSchema, type Peers } from "../../model/peers.ts";
import type { NetworkInput } from "../../model/schema.ts";
import { sshKey } from "../ssh-key.ts";

/** One resource as the engine would see it. */
interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

const PASSWORD = "s3cretBgpPasswrd";
/** What the engine answers when it is asked for the stack's state. */
let inState: Record<string, unknown> = {};
let registered: Registered[] = [];
/** `start x` and `end x` of every resource, in the order of happening. */
let events: string[] = [];

function stdoutOf({ name, inputs }: Registered): string {
  if (name.endsWith("-host"))
    return JSON.stringify({
      address: "198.18.0.9",
      hostKey: "ssh-ed25519 AAAA",
      ipv4: "100.64.0.10",
      ipv6: "2001:db8:1000::10",
      managementFrom: ["198.18.0.0/22"],
    });
  if (name.endsWith("-install"))
    return JSON.stringify({ debian: "12.5", bird: "2.0.12", knot: "3.2.6", node: "18.20.4" });
  if (name.endsWith("-peers")) return "/etc/anycast/peers.json: changed";
  if (name.endsWith("-web")) return "";
  if (name.endsWith("-secrets")) return "00000000-0000-4000-8000-000000000000";
  const manifest = manifestSchema.parse(JSON.parse(String(inputs["stdin"])));
  return JSON.stringify({
    site: manifest.site,
    digest: "d".repeat(64),
    changed: [],
    versions: { debian: "12.5", bird: "2.0.12", knot: "3.2.6", node: "18.20.4", agent: "0" },
    prefixes: { "203.0.113.0/24": "full" },
    warnings: manifest.site === "nyc" ? ["a glue record is missing"] : [],
  });
}

/** Stands for the engine and every provider: it only records, and answers as a host would. */
const mocks: pulumi.runtime.Mocks = {
  call: () => inState,
  newResource: async ({ type, name, inputs }) => {
    registered.push({ type, name, inputs });
    events.push(`start ${name}`);
    // Whatever does not wait for this resource overtakes it here.
    await new Promise((wake) => setTimeout(wake, 5));
    events.push(`end ${name}`);
    const isCommand = type.startsWith("command:") && type.endsWith(":Command") && inputs["create"] !== undefined;
    return {
      id: name,
      state: { ...inputs, ...(isCommand ? { stdout: stdoutOf({ type, name, inputs }), stderr: "" } : {}) },
    };
  },
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "anycast-component-"));
  mkdirSync(join(folder, "ssh"));
  writeFileSync(join(folder, "ssh/id_ed25519"), "PRIVATE KEY");
  writeFileSync(join(folder, "account.json"), JSON.stringify({ bgpPassword: PASSWORD }));
  process.env["ANYCAST_LAB_DIR"] = folder;
});

afterAll(() => {
  delete process.env["ANYCAST_LAB_DIR"];
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  registered = [];
  events = [];
});

const ZONE = "stacks/zones/example.net.zone";

function network(overrides: Partial<NetworkInput> = {}): NetworkInput {
  return {
    asn: 64500,
    prefixes: ["203.0.113.0/24"],
    services: { dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": ZONE } } },
    sites: {
      fra: { host: { provider: "lab", region: "fra" } },
      nyc: { host: { provider: "lab", region: "nyc" } },
      sin: { host: { provider: "lab", region: "sin" } },
    },
    ...overrides,
  };
}

async function deploy(args: AnycastNetworkArgs): Promise<Inventory> {
  await pulumi.runtime.setMocks(mocks, "anycast", "test", false, "organization");
  try {
    const made = new AnycastNetwork("anycast", args);
    return await new Promise<Inventory>((done) => made.inventory.apply(done));
  } finally {
    // The inventory does not wait for all that was declared: the next test would hear the rest.
    await pulumi.runtime.disconnect();
  }
}

function find(name: string): Registered {
  const resource = registered.find((candidate) => candidate.name === name);
  if (resource === undefined)
    throw new Error(`no resource ${name} among ${registered.map((candidate) => candidate.name).join(", ")}`);
  return resource;
}

test("every site has a host, an agent, install, secrets, apply, peers and retire", async () => {
  const inventory = await deploy({ network: network() });
  const names = registered.map(({ name }) => name).filter((name) => name.startsWith("anycast-fra"));
  expect(names.toSorted()).toEqual([
    "anycast-fra",
    "anycast-fra-agent",
    "anycast-fra-apply",
    "anycast-fra-host",
    "anycast-fra-install",
    "anycast-fra-peers",
    "anycast-fra-retire",
    "anycast-fra-secrets",
  ]);
  expect(Object.keys(inventory.sites)).toEqual(["fra", "nyc", "sin"]);
  expect(inventory.sites["fra"]).toMatchObject({
    region: "fra",
    addresses: { ipv4: "100.64.0.10" },
    neighbors: [{ address: "169.254.169.254", asn: 64515, password: true }],
  });
});

test("the canary is done before any other site is touched, and the others go side by side", async () => {
  await deploy({ network: network() });
  const canary = events.indexOf("end anycast-fra-apply");
  for (const step of ["agent", "install", "secrets", "apply"]) {
    for (const site of ["nyc", "sin"]) expect(events.indexOf(`start anycast-${site}-${step}`)).toBeGreaterThan(canary);
  }
  const starts = ["nyc", "sin"].map((site) => events.indexOf(`start anycast-${site}-apply`));
  const ends = ["nyc", "sin"].map((site) => events.indexOf(`end anycast-${site}-apply`));
  expect(Math.max(...starts)).toBeLessThan(Math.min(...ends));
});

test("each wave waits for the one gate of the wave before", async () => {
  await deploy({ network: network({ rollout: { waves: [["nyc"], ["fra"], ["sin"]] } }) });
  expect(events.filter((event) => /gate|agent|apply/.test(event) && event.startsWith("end"))).toEqual(
    ["nyc-agent", "nyc-apply", "gate-1", "fra-agent", "fra-apply", "gate-2", "sin-agent", "sin-apply"].map(
      (name) => `end anycast-${name}`,
    ),
  );
  expect(find("anycast-gate-2").inputs["input"]).toEqual(["fra"]);
});

test("what an apply warns of is told in the up and kept in the inventory, and not told again when nothing ran", async () => {
  const told: string[] = [];
  const { warn } = pulumi.log;
  Object.assign(pulumi.log, { warn: async (text: string) => void told.push(text) });
  try {
    const inventory = await deploy({ network: network() });
    expect(inventory.sites["nyc"]?.warnings).toEqual(["a glue record is missing"]);
    expect(inventory.sites["fra"]?.warnings).toEqual([]);
    expect(told).toContain("nyc: a glue record is missing");
    const apply = find("anycast-nyc-apply");
    told.length = 0;
    inState = {
      outputs: { "urn:x::anycast-nyc-apply": { type: apply.type, outputs: { stdout: stdoutOf(apply) } } },
    };
    await deploy({ network: network() });
    expect(told).not.toContain("nyc: a glue record is missing");
  } finally {
    Object.assign(pulumi.log, { warn });
    inState = {};
  }
});

const prepare: HostPreparation = (name, { site, connection, sudo, identity }, opts) => [
  new remote.Command(
    `${name}-web`,
    { connection, create: `${sudo}start-web ${site.name}`, triggers: [...identity] },
    opts,
  ),
];

test("what the program does on a host itself waits for the gate, and the site waits for it", async () => {
  await deploy({ network: network({ rollout: { waves: [["nyc"], ["fra", "sin"]] } }), prepare });
  for (const wanted of [
    ["end anycast-nyc-web", "start anycast-nyc-agent", "end anycast-gate-1", "start anycast-fra-web"],
    ["end anycast-fra-web", "start anycast-fra-agent"],
  ])
    expect(events.filter((event) => wanted.includes(event))).toEqual(wanted);
  const { create, triggers, connection } = find("anycast-fra-web").inputs;
  expect(create).toBe("start-web fra");
  expect(triggers).toEqual(find("anycast-fra-install").inputs["triggers"]);
  expect(connection).toEqual(find("anycast-fra-apply").inputs["connection"]);
});

const isGate = ({ name }: Registered): boolean => name.startsWith("anycast-gate-");

test("another wave changes gates, which do nothing, and what is done to no site", async () => {
  await deploy({ network: network({ rollout: { waves: [["fra"], ["nyc", "sin"]] } }) });
  const before = registered;
  registered = [];
  await deploy({ network: network({ rollout: { waves: [["sin"], ["fra"], ["nyc"]] } }) });
  for (const resource of before.filter((each) => !isGate(each)))
    expect(find(resource.name).inputs).toEqual(resource.inputs);
  expect(registered.filter(isGate).map(({ type }) => type)).toEqual(["pulumi:index:Stash", "pulumi:index:Stash"]);
});

test("the password travels only in `secrets`", async () => {
  await deploy({ network: network() });
  const holders = registered.filter(({ inputs }) => JSON.stringify(inputs).includes(PASSWORD)).map(({ name }) => name);
  expect(holders.toSorted()).toEqual(["anycast-fra-secrets", "anycast-nyc-secrets", "anycast-sin-secrets"]);
});

test("a configured password goes before the provider's", async () => {
  await deploy({ network: network(), bgpPasswords: { fra: "0therPassw0rd" } });
  expect(JSON.stringify(find("anycast-fra-secrets").inputs)).toContain("0therPassw0rd");
  expect(JSON.stringify(find("anycast-nyc-secrets").inputs)).toContain(PASSWORD);
});

test("host keys are pinned, nothing is logged and no output is put into an environment", async () => {
  await deploy({ network: network() });
  const commands = registered.filter(({ type }) => type === "command:remote:Command");
  expect(commands).toHaveLength(15);
  for (const { inputs } of commands) {
    expect(JSON.stringify(inputs["connection"])).toContain("ssh-ed25519 AAAA");
    expect(inputs).toMatchObject({ logging: "none", addPreviousOutputInEnv: false });
  }
});

test("a changed zone changes nothing but the manifest", async () => {
  await deploy({ network: network() });
  const before = registered;
  registered = [];
  const changed = join(folder, "changed.zone");
  writeFileSync(changed, "$ORIGIN example.net.\n@ 300 SOA a b 1 1 1 1 1\n");
  await deploy({
    network: network({
      services: { dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": changed } } },
    }),
  });
  const differing = before
    .filter((resource) => JSON.stringify(resource.inputs) !== JSON.stringify(find(resource.name).inputs))
    .map(({ name }) => name);
  expect(differing.toSorted()).toEqual(["anycast-fra-apply", "anycast-nyc-apply", "anycast-sin-apply"]);
});

test("a fourth site changes no other", async () => {
  await deploy({ network: network() });
  const before = registered;
  registered = [];
  const { sites } = network();
  await deploy({ network: network({ sites: { ...sites, syd: { host: { provider: "lab", region: "syd" } } } }) });
  const others = before.filter(({ name }) => !name.endsWith("-peers"));
  for (const resource of others) expect(find(resource.name).inputs).toEqual(resource.inputs);
  expect(peersOf("fra").peers.map(({ site }) => site)).toEqual(["nyc", "sin", "syd"]);
});

/** How the engine marks a secret. */
const SECRET = { signature: "4dabf18193072939515e22adb298388d", value: "1b47061264138c4ac30d75fd1eb44270" };
const KEY = Buffer.alloc(32, 5).toString("base64");

/** What a site is told of its peers. */
function peersOf(site: string): Peers {
  const stdin = find(`anycast-${site}-peers`).inputs["stdin"] as { value: string } | string;
  return peersSchema.parse(JSON.parse(typeof stdin === "string" ? stdin : stdin.value));
}

test("each site exchanges heartbeats with the others, by a key that stands nowhere but on their standard input, as a secret", async () => {
  const inventory = await deploy({ network: network(), heartbeatKey: KEY });
  expect(peersOf("fra")).toEqual({
    format: 1,
    key: KEY,
    peers: ["nyc", "sin"].map((site) => ({ site, addresses: ["100.64.0.10", "2001:db8:1000::10"], port: 61453 })),
    sites: ["fra", "nyc", "sin"],
  });
  expect(JSON.stringify(inventory)).not.toContain(KEY);
  const holders = registered.filter(({ inputs }) => JSON.stringify(inputs).includes(KEY));
  expect(holders.map(({ name }) => name).toSorted()).toEqual([
    "anycast-fra-peers",
    "anycast-nyc-peers",
    "anycast-sin-peers",
  ]);
  for (const { inputs } of holders) {
    const { stdin, ...others } = inputs;
    expect(stdin).toMatchObject({ [SECRET.signature]: SECRET.value });
    expect(JSON.stringify(others)).not.toContain(KEY);
  }
});

test("one site gets its peers before the others, also where no gate is between them, and a new host gets them again", async () => {
  await deploy({ network: network({ rollout: { waves: ["100%"] } }), heartbeatKey: KEY });
  await vi.waitFor(() => expect(events.filter((event) => /^end .*-peers$/.test(event))).toHaveLength(3));
  for (const site of ["nyc", "sin"])
    expect(events.indexOf(`start anycast-${site}-peers`)).toBeGreaterThan(events.indexOf("end anycast-fra-peers"));
  expect(find("anycast-fra-peers").inputs["triggers"]).toEqual(find("anycast-fra-apply").inputs["triggers"]);
  expect(find("anycast-fra-peers").inputs["triggers"]).toEqual(["anycast-fra-retire", "anycast-fra-host"]);
});

test("without a key, one is derived from the lab's and says nothing of it; a second one is accepted too", async () => {
  await deploy({ network: network(), heartbeatKeyNext: KEY });
  const { key, next } = peersOf("fra");
  expect([key, next]).toEqual([peersOf("nyc").key, KEY]);
  expect(Buffer.from(key, "base64")).toHaveLength(32);
  await deploy({ network: network(), sshPrivateKey: sshKey().private });
  expect(registered.findLast(({ name }) => name === "anycast-fra-peers")?.inputs["stdin"]).not.toContain(key);
});

test("a key that is none is one message, without the key", () => {
  expect(() => checkedKeys("c2hvcnQ=", undefined)).toThrow(
    /^anycast:heartbeatKey and anycast:heartbeatKeyNext must be 32 octets in base64, as `openssl/,
  );
  expect(() => checkedKeys(KEY, "c2hvcnQ=")).toThrow(/must be 32 octets/);
});

test("a mistake is one message, and nothing is declared", async () => {
  await expect(deploy({ network: network({ prefixes: ["203.0.113.1/24"] }) })).rejects.toThrow(
    "anycast:network.prefixes[0]: '203.0.113.1/24' has host bits set: did you mean 203.0.113.0/24?",
  );
  expect(registered.filter(({ type }) => type.startsWith("command:"))).toEqual([]);
});

test("a zone file that is not there is named with its path", async () => {
  expect(existsSync("zones/missing.zone")).toBe(false);
  await expect(
    deploy({
      network: network({
        services: { dns: { kind: "dns", addresses: ["203.0.113.53"], zones: { "example.net": "zones/missing.zone" } } },
      }),
    }),
  ).rejects.toThrow("anycast:network.services.dns.zones.example.net: there is no file 'zones/missing.zone'");
});

test("a session with a password and no password is one message", async () => {
  const host = {
    provider: "existing",
    address: "198.18.0.7",
    hostKey: "ssh-ed25519 AAAA",
    ipv4: "100.64.0.7",
    profile: "vultr",
    location: { latitude: 1, longitude: 1 },
  } as const;
  const sites = { ams: { host }, nyc: { host: { provider: "lab", region: "nyc" } } } as const;
  await expect(deploy({ network: network({ sites }) })).rejects.toThrow(
    "Site 'ams' has BGP sessions with a password, and there is none. Set it: pulumi config set --secret --path anycast:bgpPasswords.ams",
  );
  expect(registered.filter(({ type }) => type.startsWith("command:"))).toEqual([]);
});

function hostOutside(address: string, longitude: number) {
  const location = { latitude: 1, longitude };
  return { provider: "existing", profile: "vultr", address, hostKey: "ssh-ed25519 AAAA", location } as const;
}

test("a network with a host outside the lab refuses the lab's stand-in for the command plugin", async () => {
  const real = {
    asn: 396982,
    prefixes: ["192.5.5.0/24"],
    services: { dns: { kind: "dns", addresses: ["192.5.5.241"], zones: { "example.net": ZONE } } },
    sites: { ams: { host: hostOutside("192.0.2.7", 5) }, sea: { host: hostOutside("192.0.2.8", -122) } },
  } satisfies NetworkInput;
  const path = process.env["PATH"] ?? "";
  process.env["PATH"] = `${resolve("tools/plugins")}:${path}`;
  try {
    await expect(deploy({ network: real, bgpPasswords: { ams: "x", sea: "y" } })).rejects.toThrow(
      /Site 'ams' is not in the lab, and .* is the lab's stand-in for the command plugin/,
    );
    expect(registered.filter(({ type }) => type.startsWith("command:"))).toEqual([]);
  } finally {
    process.env["PATH"] = path;
  }
});
